import StepwellModel

/// A UUID made from a name (RFC 9562, version 5): the same name gives the same id everywhere and always.
///
/// The ids of apps and functions, as the reference server makes them (PROTOCOL, identity model): in the namespace of
/// object identifiers.
package enum NameUUID {
    /// RFC 9562, section 6.6: NameSpace_OID.
    private static let namespace: [UInt8] = [
        0x6B, 0xA7, 0xB8, 0x12, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
    ]

    package static func of(_ name: String) -> UUIDBytes {
        let hash = SecureHash.sha1(namespace + Array(name.utf8))
        let high = hash[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        let low = hash[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        // Version 5, and the variant of the RFC.
        return UUIDBytes(high: high & ~0xF000 | 0x5000, low: low & ~(0b11 << 62) | 0b10 << 62)
    }

    package static func app(named name: String) -> UUIDBytes { of(name) }

    /// The id that a function gets at its first registration; afterwards it keeps what it has.
    package static func function(named name: String, url: String) -> UUIDBytes { of(name + url) }
}
