import Stepwell

/// Tells the rest of the system what happened.
protocol EventPublisher: Sendable {
    /// Publishes an event once for each id; when it returns, the event is durable.
    func publish(_ event: some Event, id: String?) async throws
}
