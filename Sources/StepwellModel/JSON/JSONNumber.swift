/// Numbers as ECMAScript writes them (`Number::toString`), which RFC 8785, section 3.2.2.3 prescribes.
package enum JSONNumber {
    package static func append(integer value: Int64, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var digits = 1
        var limit: UInt64 = 10
        while rest >= limit {
            digits += 1
            let (next, overflow) = limit.multipliedReportingOverflow(by: 10)
            if overflow { break }
            limit = next
        }
        let end = bytes.count + digits
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
        for index in 1...digits {
            bytes[end - index] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// The shortest digits that give `value` back, in the notation of ECMAScript; `null` when it is not finite.
    package static func append(_ value: Double, to bytes: inout [UInt8]) {
        guard value.isFinite else {
            bytes.append(contentsOf: "null".utf8)
            return
        }
        // Up to 2⁵³ every integer is exact and its shortest digits are its own.
        if value.magnitude < 9_007_199_254_740_992, let integer = Int64(exactly: value) {
            append(integer: integer, to: &bytes)
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        // The standard library's description has the shortest digits, and of those the closest, in another notation.
        var text = value.magnitude.description
        let (digits, point) = text.withUTF8 { decimal($0) }
        append(digits: digits, point: point, to: &bytes)
    }

    /// ECMA-262, `Number::toString`, steps 6 to 12; `point` is its n, the number of digits its k.
    private static func append(digits: [UInt8], point: Int, to bytes: inout [UInt8]) {
        let zero = UInt8(ascii: "0")
        switch point {
        case digits.count...21 where digits.count <= 21:
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: repeatElement(zero, count: point - digits.count))
        case 1...21:
            bytes.append(contentsOf: digits[..<point])
            bytes.append(UInt8(ascii: "."))
            bytes.append(contentsOf: digits[point...])
        case -5...0:
            bytes.append(contentsOf: [zero, UInt8(ascii: ".")])
            bytes.append(contentsOf: repeatElement(zero, count: -point))
            bytes.append(contentsOf: digits)
        default:
            bytes.append(digits[0])
            if digits.count > 1 {
                bytes.append(UInt8(ascii: "."))
                bytes.append(contentsOf: digits[1...])
            }
            bytes.append(contentsOf: point > 0 ? "e+".utf8 : "e-".utf8)
            append(integer: Int64((point - 1).magnitude), to: &bytes)
        }
    }
}

// MARK: - Literals

extension JSONNumber {
    /// Whether a valid literal is in ECMAScript's form for certain, found without computing the double.
    ///
    /// Decimals of at most 15 significant digits survive the way through a double, so their shortest form is the literal
    /// itself if that has no exponent, no zeros at the end of a fraction, and is not so small that an exponent is due.
    static func isPlainlyCanonical(_ source: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = source.first == UInt8(ascii: "-") ? 1 : 0
        let start = index
        guard index < source.count else { return false }
        while index < source.count, source[index] &- 0x30 < 10 { index += 1 }
        let integerDigits = index - start
        let isZero = source[start] == UInt8(ascii: "0")
        if index == source.count { return integerDigits <= 15 && !(isZero && start == 1) }
        guard source[index] == UInt8(ascii: "."), source[source.count - 1] != UInt8(ascii: "0") else { return false }
        let point = index
        index += 1
        while index < source.count, source[index] == UInt8(ascii: "0") { index += 1 }
        if isZero, index - point - 1 > 5 { return false }
        while index < source.count, source[index] &- 0x30 < 10 { index += 1 }
        return index == source.count && source.count - start - 1 <= 15
    }

    /// Whether the double of a valid literal, written as `double`, is another number to a reader who counts on doubles:
    /// an integer that is not exact, more than the 17 digits that any double needs, something that became zero.
    static func losesValue(_ literal: UnsafeBufferPointer<UInt8>, as double: UnsafeBufferPointer<UInt8>) -> Bool {
        let (exact, kept) = (decimal(literal), decimal(double))
        if exact.digits == kept.digits, exact.digits.isEmpty || exact.point == kept.point { return false }
        let isInteger = literal.allSatisfy { $0 == UInt8(ascii: "-") || $0 &- 0x30 < 10 }
        return isInteger || exact.digits.count > 17 || kept.digits.isEmpty
    }

    /// The significant digits of a literal and the position of its decimal point: ±0.digits × 10^point. Zero has no digits.
    private static func decimal(_ source: UnsafeBufferPointer<UInt8>) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        for (index, byte) in source.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte)
            case UInt8(ascii: "."): point = digits.count
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                let text = UnsafeBufferPointer(rebasing: source[(index + 1)...])
                exponent = Int(String(decoding: text, as: UTF8.self)) ?? .max / 2
                return significant(digits, point: (point ?? digits.count) &+ exponent)
            default: continue
            }
        }
        return significant(digits, point: point ?? digits.count)
    }

    private static func significant(_ digits: [UInt8], point: Int) -> (digits: [UInt8], point: Int) {
        let zero = UInt8(ascii: "0")
        guard let first = digits.firstIndex(where: { $0 != zero }), let last = digits.lastIndex(where: { $0 != zero })
        else { return ([], 0) }
        return (Array(digits[first...last]), point &- first)
    }
}
