import StepwellExpressions
import StepwellModel

/// SipHash-2-4 with a 128-bit result: stands for texts in indexes.
///
/// The key is fixed, since digests are stored: what a sender could gain by finding two texts with one digest (2^64
/// trials) is to confuse its own events. Source: Aumasson and Bernstein, SipHash (2012), and its reference code's
/// 128-bit variant.
package struct SipHash {
    private var v0: UInt64 = 0x736f_6d65_7073_6575
    private var v1: UInt64 = 0x646f_7261_6e64_6f6d ^ 0xee
    private var v2: UInt64 = 0x6c79_6765_6e65_7261
    private var v3: UInt64 = 0x7465_6462_7974_6573

    private init(key0: UInt64, key1: UInt64) {
        v0 ^= key0
        v1 ^= key1
        v2 ^= key0
        v3 ^= key1
    }

    private static let key0: UInt64 = 0x5374_6570_7765_6c6c
    private static let key1: UInt64 = 0x6475_7261_626c_6521

    private mutating func round() {
        v0 &+= v1
        v1 = v1 << 13 | v1 >> 51
        v1 ^= v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = v3 << 16 | v3 >> 48
        v3 ^= v2
        v0 &+= v3
        v3 = v3 << 21 | v3 >> 43
        v3 ^= v0
        v2 &+= v1
        v1 = v1 << 17 | v1 >> 47
        v1 ^= v2
        v2 = v2 << 32 | v2 >> 32
    }

    private mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    private mutating func finish() -> Digest {
        v2 ^= 0xee
        for _ in 0..<4 { round() }
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        for _ in 0..<4 { round() }
        return Digest(high: v0 ^ v1 ^ v2 ^ v3, low: low)
    }

    /// The digest of `bytes` under a domain, which keeps digests of different uses apart.
    package static func digest(_ bytes: UnsafeBufferPointer<UInt8>, domain: UInt8) -> Digest {
        digest(bytes, domain: domain, key0: key0, key1: key1)
    }

    package static func digest(_ text: String, domain: UInt8) -> Digest {
        var text = text
        return text.withUTF8 { digest($0, domain: domain) }
    }

    /// The algorithm itself; `domain` is one more byte at the end, left out when nil.
    static func digest(_ bytes: UnsafeBufferPointer<UInt8>, domain: UInt8?, key0: UInt64, key1: UInt64) -> Digest {
        var state = SipHash(key0: key0, key1: key1)
        let total = bytes.count + (domain == nil ? 0 : 1)
        var word: UInt64 = 0
        var filled = 0
        for index in 0..<total {
            let byte = index < bytes.count ? bytes[index] : (domain ?? 0)
            word |= UInt64(byte) << UInt64(8 * filled)
            filled += 1
            if filled == 8 {
                state.absorb(word)
                word = 0
                filled = 0
            }
        }
        state.absorb(word | UInt64(total & 0xff) << 56)
        return state.finish()
    }
}

extension Digest {
    private enum Domain {
        static let eventID: UInt8 = 1
        static let limitKey: UInt8 = 2
        static let text: UInt8 = 3
        static let number: UInt8 = 4
        static let integer: UInt8 = 5
        static let bool: UInt8 = 6
    }

    /// Stands for the id that a sender gave its event.
    package init(eventID: String) {
        self = SipHash.digest(eventID, domain: Domain.eventID)
    }

    /// Stands for a value in an equality; nil for values that are compared in other ways: null, lists and objects.
    ///
    /// Values that the expression language calls equal have equal digests: 1 and 1.0 are one number.
    package init?(equalityValue value: JSONValue) {
        switch IndexValue(value)?.json {
        case .string(let text): self = SipHash.digest(text, domain: Domain.text)
        case .bool(let flag): self = Self.of(flag ? 1 : 0, domain: Domain.bool)
        case .integer(let number): self = Self.of(UInt64(bitPattern: number), domain: Domain.integer)
        case .double(let number): self = Self.of(number.bitPattern, domain: Domain.number)
        case .null, .array, .object, nil: return nil
        }
    }

    private static func of(_ word: UInt64, domain: UInt8) -> Digest {
        withUnsafeBytes(of: word.littleEndian) { SipHash.digest($0.bindMemory(to: UInt8.self), domain: domain) }
    }

    /// The 64-bit hash of a limit key's value; never 0, which means that there is no key.
    package static func limitKeyHash(_ value: String) -> UInt64 {
        let hash = SipHash.digest(value, domain: Domain.limitKey).low
        return hash == 0 ? 1 : hash
    }
}
