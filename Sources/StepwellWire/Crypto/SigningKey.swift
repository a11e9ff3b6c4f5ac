import StepwellModel

/// The secret that server and SDK share: signs calls and proves who asks (PROTOCOL §6).
///
/// Written `signkey-<env>-<hex>`; the prefix is optional everywhere, and signatures do not depend on it.
package struct SigningKey: Sendable {
    /// Why a text is no signing key.
    package enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        case empty, notHexadecimal

        package var description: String {
            switch self {
            case .empty: "the signing key is empty; make one with: openssl rand -hex 32"
            case .notHexadecimal:
                "the signing key must be an even number of hexadecimal digits, perhaps behind signkey-<env>-; "
                    + "make one with: openssl rand -hex 32"
            }
        }
    }

    /// `signkey-<env>-`, or nothing.
    package let prefix: String
    /// The digits, whose text is the key of signatures.
    private let digits: String
    /// SHA-256 of the bytes that the digits write, in hexadecimal.
    private let hashed: String
    private let keyedHash: KeyedHash

    package init(_ text: String) throws(Problem) {
        (prefix, digits) = Self.parts(of: text)
        guard !digits.isEmpty else { throw .empty }
        guard let bytes = Hex.decode(digits) else { throw .notHexadecimal }
        hashed = Hex.encode(SecureHash.sha256(bytes))
        keyedHash = KeyedHash(key: Array(digits.utf8))
    }

    /// What an SDK sends behind `Bearer `: the prefix and the key's hash, never the key.
    package var bearerToken: String { prefix + hashed }

    /// The value of the `Authorization` header that an SDK sends.
    package var authorization: String { "Bearer \(bearerToken)" }

    /// Whether an `Authorization` header proves the key: plain or hashed, with any prefix or none.
    package func accepts(authorization header: String?) -> Bool {
        guard let header, let space = header.firstIndex(of: " "), header[..<space].lowercased() == "bearer" else {
            return false
        }
        return accepts(token: String(header[space...].drop { $0 == " " }))
    }

    package func accepts(token: String) -> Bool {
        let given = Self.parts(of: token).digits
        // Both comparisons are made, so that the time does not tell which form was nearly right.
        let isPlain = SecureHash.areEqual(given, digits)
        let isHashed = SecureHash.areEqual(given.lowercased(), hashed)
        return isPlain || isHashed
    }

    /// HMAC-SHA-256 of the body followed by the decimal time; nil when OpenSSL fails.
    func hash(_ body: [UInt8], time: String) -> [UInt8]? {
        body.withBytes { body in
            time.withBytes { time in keyedHash.hash([body, time]) }
        }
    }

    /// Cuts off `signkey-\w+-`.
    private static func parts(of text: String) -> (prefix: String, digits: String) {
        let start = "signkey-"
        guard text.hasPrefix(start) else { return ("", text) }
        let rest = text.dropFirst(start.count)
        guard let dash = rest.firstIndex(of: "-"), dash > rest.startIndex,
            rest[..<dash].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        else { return ("", text) }
        return (String(text[...dash]), String(text[text.index(after: dash)...]))
    }
}

extension SigningKey: CustomStringConvertible {
    /// Never the secret.
    package var description: String { "\(prefix)<redacted>" }
}
