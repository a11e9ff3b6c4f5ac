import StepwellModel
import StepwellWire

/// The signing key and the one that it replaces, and what is done with them: PROTOCOL 6. None in dev mode.
struct SigningKeys: Sendable {
    let keys: [SigningKey]
    let isDev: Bool

    /// - Throws: ``StepwellError`` outside of dev mode without a usable key.
    init(_ settings: ClientSettings) throws(StepwellError) {
        isDev = settings.isDev
        var keys: [SigningKey] = []
        for text in [settings.signingKey, settings.signingKeyFallback] {
            guard let text else { continue }
            do throws(SigningKey.Problem) {
                keys.append(try SigningKey(text))
            } catch {
                throw StepwellError(.signingKeyMissing, "\(error)")
            }
        }
        guard isDev || !keys.isEmpty else {
            throw StepwellError(
                .signingKeyMissing,
                "no signing key: set INNGEST_SIGNING_KEY to the server's signing key, or INNGEST_DEV=1 for a dev server. "
                    + "Without it anyone could call your functions.")
        }
        self.keys = keys
    }

    /// Whether calls must be signed.
    var areRequired: Bool { !isDev }

    /// Checks that the server sent `body`, by the key or the one it replaces. In dev mode everything is accepted.
    func verify(_ signature: String?, of body: [UInt8], at now: Timestamp) throws(StepwellError) {
        guard areRequired else { return }
        var problem = Signature.Problem.missing
        for key in keys {
            do throws(Signature.Problem) {
                return try Signature.verifyCanonical(signature, of: body, with: key, at: now)
            } catch {
                problem = error
                guard error == .mismatch else { break }
            }
        }
        throw StepwellError(problem == .expired ? .signatureExpired : .signatureInvalid, "\(problem)")
    }

    /// The signature of an answer; nil in dev mode.
    func signature(of body: [UInt8], at now: Timestamp) -> String? {
        guard areRequired, let key = keys.first else { return nil }
        return try? Signature.sign(body, with: key, at: now)
    }

    /// Makes a request with the key, and again with the one it replaces if the first is refused.
    func authorized(
        _ request: ([(String, String)]) async throws(Transport.Failure) -> Transport.Response
    ) async throws(Transport.Failure) -> Transport.Response {
        var response = try await request(keys.first.map { [(Header.authorization, $0.authorization)] } ?? [])
        for key in keys.dropFirst() where response.status == 401 || response.status == 403 {
            response = try await request([(Header.authorization, key.authorization)])
        }
        return response
    }
}
