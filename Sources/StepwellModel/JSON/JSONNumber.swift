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
        let (digits, point) = shortest(value.magnitude)
        append(digits: digits, point: point, to: &bytes)
    }

    /// Significant digits of a positive number and the position of its decimal point: value = 0.digits × 10^point.
    private static func shortest(_ value: Double) -> (digits: [UInt8], point: Int) {
        // The standard library's description has the shortest digits that are closest, in another notation.
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let text = Array(value.description.utf8)
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "."): point = digits.count
            case UInt8(ascii: "e"):
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if text[..<index].contains(UInt8(ascii: "e")) { continue }
                digits.append(byte)
            default: continue
            }
        }
        var position = (point ?? digits.count) + exponent
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        position -= zeros
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, position)
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
