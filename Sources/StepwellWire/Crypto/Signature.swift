import StepwellModel

/// The header `X-Inngest-Signature`: `t=<unix seconds>&s=<HMAC-SHA-256 in hexadecimal>` (PROTOCOL §6).
package enum Signature {
    /// How far the clocks of the two sides may be apart, in both directions.
    package static let tolerance = Milliseconds.minutes(5)

    /// Why a signature does not hold.
    package enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        case missing, malformed, expired, mismatch
        /// OpenSSL could not compute a hash.
        case unavailable

        package var description: String {
            switch self {
            case .missing: "the request has no \(Header.signature) header; it must be signed with the signing key"
            case .malformed: "the \(Header.signature) header must be t=<unix seconds>&s=<hexadecimal digits>"
            case .expired: "the signature is more than 5 minutes off; check the clocks of both sides"
            case .mismatch: "the signature does not fit; check that both sides have the same signing key"
            case .unavailable: "OpenSSL cannot compute HMAC-SHA-256"
            }
        }
    }

    /// The header's value for a body; the body of a call must be in canonical form, since SDKs make that anew.
    package static func sign(_ body: [UInt8], with key: SigningKey, at time: Timestamp) throws(Problem) -> String {
        let seconds = String(time.milliseconds / 1_000)
        guard let hash = key.hash(body, time: seconds) else { throw .unavailable }
        return "t=\(seconds)&s=\(Hex.encode(hash))"
    }

    /// Checks a header against the body as it came.
    package static func verify(
        _ header: String?, of body: [UInt8], with key: SigningKey, at now: Timestamp
    ) throws(Problem) {
        guard let header, !header.isEmpty else { throw .missing }
        let (seconds, signature) = try parts(of: header)
        guard let time = Int64(seconds), time.magnitude < 1 << 53 else { throw .malformed }
        let age = now - Timestamp(milliseconds: time * 1_000)
        // The header knows whole seconds only.
        guard age <= tolerance + .seconds(1), age >= Milliseconds.zero - tolerance else { throw .expired }
        guard let hash = key.hash(body, time: seconds) else { throw .unavailable }
        guard SecureHash.areEqual(hash, signature) else { throw .mismatch }
    }

    /// Checks a header against the body as it came and, as the official SDKs do, against its canonical form.
    package static func verifyCanonical(
        _ header: String?, of body: [UInt8], with key: SigningKey, at now: Timestamp
    ) throws(Problem) {
        do throws(Problem) {
            try verify(header, of: body, with: key, at: now)
        } catch {
            guard error == .mismatch, let form = try? CanonicalJSON(validating: body), form.json.bytes != body else {
                throw error
            }
            try verify(header, of: form.json.bytes, with: key, at: now)
        }
    }

    /// Time and hash of a header, in either order.
    private static func parts(of header: String) throws(Problem) -> (seconds: String, signature: [UInt8]) {
        var seconds: String?
        var signature: [UInt8]?
        for part in header.split(separator: "&") {
            if part.hasPrefix("t=") { seconds = String(part.dropFirst(2)) }
            if part.hasPrefix("s=") { signature = Hex.decode(part.dropFirst(2)) }
        }
        guard let seconds, let signature, signature.count == KeyedHash.count else { throw .malformed }
        return (seconds, signature)
    }
}
