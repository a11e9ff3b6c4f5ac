import StepwellWire

extension ValueType where Value == String {
    /// A key that is part of a URL's path.
    static let eventKey = ValueType(placeholder: "KEY") { (text) throws(ValueProblem) in
        let isFit = text.utf8.allSatisfy { code in
            switch code {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "-._~".utf8.contains(code)
            }
        }
        guard !text.isEmpty, isFit else {
            throw ValueProblem(
                expected:
                    "letters, digits, -, ., _ and ~, since it is part of a URL; make one with: openssl rand -hex 32")
        }
        return text
    }

    static let signingKey = ValueType(placeholder: "KEY") { (text) throws(ValueProblem) in
        do throws(SigningKey.Problem) {
            _ = try SigningKey(text)
        } catch {
            throw ValueProblem(
                expected:
                    "an even number of hexadecimal digits, perhaps behind signkey-<env>-; make one with: openssl rand -hex 32"
            )
        }
        return text
    }
}

/// A secret as it may be shown.
enum Masked {
    /// The prefix and the first four characters of a long key, nothing of a short one.
    static func key(_ key: String) -> String {
        var prefix = ""
        var secret = key[...]
        if key.hasPrefix("signkey-"), let dash = key.dropFirst("signkey-".count).firstIndex(of: "-") {
            prefix = String(key[...dash])
            secret = key[key.index(after: dash)...]
        }
        return secret.count < 16 ? "\(prefix)…" : "\(prefix)\(secret.prefix(4))…"
    }
}
