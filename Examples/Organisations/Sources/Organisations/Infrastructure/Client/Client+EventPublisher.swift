import Stepwell

extension Client: EventPublisher {
    func publish(_ event: some Event, id: String?) async throws { try await send(event, id: id) }
}
