/// What others know about organisations.
protocol KnowledgeGraph: Sendable {
    /// What is known of an organisation.
    func profile(of id: DiffbotID) async throws -> Profile
}
