import StepwellModel

extension Step {
    /// Sends an event, once: if the step is repeated, the server recognises the event by its id, for 24 hours.
    ///
    /// - Returns: the id that the server gave the event.
    /// - Throws: ``StepError`` when the retries are used up; else what ``sleep(_:for:)`` throws.
    @discardableResult
    public nonisolated(nonsending) func send(_ id: String, _ event: some Event) async throws -> String {
        try await send(id, [OutgoingEvent(event)]).first ?? ""
    }

    /// Sends events, of one or several types; see the form for one event.
    ///
    /// An event without an id of its own gets one made of run, step and place in the list.
    ///
    /// - Returns: the ids that the server gave the events, in order.
    /// - Throws: what that form throws.
    @discardableResult
    public nonisolated(nonsending) func send(_ id: String, _ events: [OutgoingEvent]) async throws -> [String] {
        let (step, memo) = try await session.result(of: id, .run(type: "step.sendEvent")) {
            // Inside the body the scope names this very step, repetitions of its name counted.
            let own = StepScope.current?.step.hash.hex ?? ""
            let named = events.enumerated().map { index, event in
                var event = event
                if event.id == nil { event.id = "\(session.runID)-\(own)-\(index)" }
                return event
            }
            let ids = try await session.environment.client.send(named)
            return try Self.encode(SentEvents(ids: ids), of: id)
        }
        let sent: SentEvents = try Self.decode(try memo.result(of: step), of: id)
        return sent.ids
    }

    /// What is recorded of a send, as the other SDKs record it.
    private struct SentEvents: Codable {
        let ids: [String]
    }
}
