/// A 128-bit UUID, as the SDK protocol names apps and functions.
package struct UUIDBytes: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension UUIDBytes: CustomStringConvertible {
    /// Parses `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in either case.
    package init?(_ text: String) {
        var words: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (place, byte) in text.utf8.enumerated() {
            if byte == UInt8(ascii: "-") {
                guard [8, 13, 18, 23].contains(place) else { return nil }
                continue
            }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digits < 32 else { return nil }
            if digits < 16 {
                words.0 = words.0 << 4 | UInt64(digit)
            } else {
                words.1 = words.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        guard digits == 32, text.utf8.count == 36 else { return nil }
        self.init(high: words.0, low: words.1)
    }

    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for place in 0..<32 {
            if [8, 12, 16, 20].contains(place) { text.append(UInt8(ascii: "-")) }
            let word = place < 16 ? high : low
            text.append(digits[Int(word >> UInt64(60 - 4 * (place % 16)) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
