/// A public id: 48 bits of milliseconds and 80 bits of entropy, written as 26 characters of Crockford's base 32.
///
/// Source: the ULID specification (github.com/ulid/spec). Ids compare as their text does.
package struct ULID: Sendable, Hashable, Comparable {
    /// Bits 127…64: the time (48 bits) and the first 16 bits of entropy.
    package let high: UInt64
    /// Bits 63…0 of entropy.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An id of `time` with the given entropy, of which the lowest 80 bits count.
    package init(time: Timestamp, entropyHigh: UInt16, entropyLow: UInt64) {
        high = UInt64(truncatingIfNeeded: time.milliseconds) << 16 | UInt64(entropyHigh)
        low = entropyLow
    }

    package var time: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

    package static func < (left: ULID, right: ULID) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

extension ULID: CustomStringConvertible {
    private static let alphabet: [UInt8] = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The 26 characters' ASCII codes.
    package var textBytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 26) { buffer, count in
            var high = high
            var low = low
            for index in stride(from: 25, through: 0, by: -1) {
                buffer[index] = Self.alphabet[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            count = 26
        }
    }

    package var description: String { String(decoding: textBytes, as: UTF8.self) }

    /// Parses 26 characters of base 32, in either case; nil for anything else, an overflow included.
    package init?(_ text: some StringProtocol) {
        let codes = text.utf8
        guard codes.count == 26, let first = codes.first, (0x30...0x37).contains(first) else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for code in codes {
            guard let digit = Self.digit(of: code) else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    private static func digit(of code: UInt8) -> UInt8? {
        let upper = (0x61...0x7A).contains(code) ? code - 0x20 : code
        return alphabet.firstIndex(of: upper).map { UInt8($0) }
    }
}
