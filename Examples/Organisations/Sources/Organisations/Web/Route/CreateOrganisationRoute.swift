import Stepwell

/// `POST /organisations`: asks for an organisation.
///
/// The body is `{"accountId", "name", "diffbotId"?}`. 202 means that the work is durable and will be done; send the same
/// `Idempotency-Key` again when no answer came. 400: the request breaks a rule. 503: nothing was accepted, try again.
struct CreateOrganisationRoute: Sendable {
    static let path = "/organisations"

    let createProvisionalOrganisation: CreateProvisionalOrganisation

    /// The answer; nil for a request that is for another route.
    func respond(to request: ServeRequest) async -> ServeResponse? {
        guard request.path == Self.path else { return nil }
        guard request.method == "POST" else { return Self.refusal(405, "only POST is possible here") }
        let body: CreateProvisionalOrganisation.Request
        do {
            body = try request.decoded()
        } catch {
            return Self.refusal(400, "\(error)")
        }
        do {
            try await createProvisionalOrganisation(body, idempotencyKey: request.header("Idempotency-Key"))
            return Self.answer(202, ["status": "accepted"])
        } catch let error as DomainError {
            return Self.refusal(400, error.description)
        } catch {
            return Self.refusal(503, "\(error)")
        }
    }

    private static func refusal(_ status: Int, _ reason: String) -> ServeResponse { answer(status, ["error": reason]) }

    private static func answer(_ status: Int, _ body: [String: String]) -> ServeResponse {
        (try? .json(body, status: status)) ?? ServeResponse(status: status)
    }
}
