/// What the bytes between the quotes of a JSON string, and the bytes of a JSON number, stand for.
///
/// All of it expects text that ``JSONScanner`` accepted; on other bytes it gives some value, never a trap.
enum JSONText {
    /// Whether two strings have the same characters. Swift's equality comes first because it is fast at telling strings apart.
    static func areSame(_ left: String, _ right: String) -> Bool {
        left == right && left.utf8.elementsEqual(right.utf8)
    }

    static func hexValue(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The string whose source, without its quotes, is `source`. A lone surrogate becomes U+FFFD: UTF-8 has no form for it.
    static func string(_ source: UnsafeBufferPointer<UInt8>) -> String {
        guard source.contains(UInt8(ascii: "\\")) else { return String(decoding: source, as: UTF8.self) }
        return String(decoding: utf16(source), as: UTF16.self)
    }

    /// The UTF-16 code units of the string whose source, without its quotes, is `source`; lone surrogates are kept.
    static func utf16(_ source: UnsafeBufferPointer<UInt8>) -> [UInt16] {
        var units: [UInt16] = []
        units.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "\\"), index + 1 < source.count {
                units.append(escaped(source, at: &index))
                continue
            }
            let start = index
            repeat { index += 1 } while index < source.count && source[index] != UInt8(ascii: "\\")
            let run = UnsafeBufferPointer(rebasing: source[start..<index])
            units.append(contentsOf: String(decoding: run, as: UTF8.self).utf16)
        }
        return units
    }

    /// The code unit of the escape at `index`, which moves behind it.
    static func escaped(_ source: UnsafeBufferPointer<UInt8>, at index: inout Int) -> UInt16 {
        let code = source[index + 1]
        index += 2
        switch code {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            var unit: UInt16 = 0
            for _ in 0..<4 where index < source.count {
                unit = unit << 4 | (hexValue(source[index]) ?? 0)
                index += 1
            }
            return unit
        default: return UInt16(code)
        }
    }

    /// The integer that `source` writes without fraction and exponent, if it fits.
    static func integer(_ source: UnsafeBufferPointer<UInt8>) -> Int64? {
        let isNegative = source.first == UInt8(ascii: "-")
        guard source.count > (isNegative ? 1 : 0), source.count <= 20 else { return nil }
        var value: Int64 = 0
        for byte in source.dropFirst(isNegative ? 1 : 0) {
            let digit = byte &- 0x30
            guard digit < 10 else { return nil }
            let (tens, tensOverflow) = value.multipliedReportingOverflow(by: 10)
            // Counted down, since the most negative integer has no positive counterpart.
            let (sum, overflow) = tens.subtractingReportingOverflow(Int64(digit))
            guard !tensOverflow, !overflow else { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The double nearest to what `source` writes; infinite when it is out of range.
    static func double(_ source: UnsafeBufferPointer<UInt8>) -> Double {
        Double(String(decoding: source, as: UTF8.self)) ?? .infinity
    }
}
