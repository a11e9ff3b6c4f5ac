/// A UUID made from a name (RFC 9562, version 5): the same name gives the same id everywhere and always.
///
/// The ids of apps and functions, as the reference server makes them (PROTOCOL, identity model): in the namespace of
/// object identifiers.
package struct NameUUID: Sendable, Hashable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    /// RFC 9562, section 6.6: NameSpace_OID.
    private static let namespace: [UInt8] = [
        0x6B, 0xA7, 0xB8, 0x12, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
    ]

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(name: String) {
        let hash = SecureHash.sha1(Self.namespace + Array(name.utf8))
        let high = hash[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        let low = hash[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        // Version 5, and the variant of the RFC.
        self.high = high & ~0xF000 | 0x5000
        self.low = low & ~(0b11 << 62) | 0b10 << 62
    }

    package static func app(named name: String) -> NameUUID { NameUUID(name: name) }

    /// The id that a function gets at its first registration; afterwards it keeps what it has.
    package static func function(named name: String, url: String) -> NameUUID { NameUUID(name: name + url) }

    /// Reads `8-4-4-4-12` hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Hex.decode(parts.joined()) else { return nil }
        high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var description: String {
        let digits = Hex.encode(
            (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - $0 % 8 * 8)) })
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}
