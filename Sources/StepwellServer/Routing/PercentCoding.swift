/// Percent-encoding of URLs (RFC 3986, section 2.1) and the query strings made with it.
package enum PercentCoding {
    /// The text that is meant; nil when a `%` is not followed by two digits or the bytes are not UTF-8.
    package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var codes = text.utf8.makeIterator()
        while let code = codes.next() {
            switch code {
            case UInt8(ascii: "%"):
                guard let high = codes.next().flatMap(hexValue), let low = codes.next().flatMap(hexValue) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(code)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The name-value pairs of a query, in order; pairs that cannot be decoded are left out.
    package static func items(ofQuery query: Substring?) -> [(name: String, value: String)] {
        guard let query else { return [] }
        return query.utf8.split(separator: UInt8(ascii: "&")).compactMap { part in
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = Substring(part[..<equals])
            let value = Substring(part[equals...].dropFirst())
            guard let name = decode(name, plusIsSpace: true), let value = decode(value, plusIsSpace: true) else {
                return nil
            }
            return (name, value)
        }
    }

    /// Encodes all but the unreserved characters (RFC 3986, section 2.3).
    package static func encode(_ text: String) -> String {
        var encoded = ""
        for code in text.utf8 {
            switch code {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(code))
            default: encoded += "%" + (code < 16 ? "0" : "") + String(code, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    private static func hexValue(_ code: UInt8) -> UInt8? {
        switch code {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): code - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): code - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): code - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
