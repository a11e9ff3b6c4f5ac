/// Asks for an organisation on behalf of an account.
///
/// It sends one event and returns: from then on the work is durable, and ``Jobs/createProvisionalOrganisation`` does it.
struct CreateProvisionalOrganisation: Sendable {
    /// What is asked for, as it comes from outside.
    struct Request: Codable, Hashable, Sendable {
        var accountId: String
        var name: String
        var diffbotId: String?
    }

    let events: any EventPublisher

    /// - Parameter idempotencyKey: the caller's own key. A request that is repeated with the same key, because its answer was
    ///   lost, starts no second job. Without one each request starts a job, which the repository makes harmless too.
    /// - Throws: ``DomainError`` for a request that breaks a rule; what the publisher throws when the event is not durable.
    func callAsFunction(_ request: Request, idempotencyKey: String?) async throws {
        let event = OrganisationCreateProvisional(
            accountId: try AccountID(request.accountId),
            name: try OrganisationName(request.name),
            diffbotId: try request.diffbotId.map { text in try DiffbotID(text) })
        // The account is part of the id, so that the keys of two customers never meet.
        try await events.publish(event, id: idempotencyKey.map { "provisional-\(event.accountId)-\($0)" })
    }
}
