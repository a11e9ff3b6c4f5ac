import StepwellModel

extension Step {
    /// Waits for an event of type `type` that has the same value as this run's event at `path`, such as
    /// `data.organisationId`. Only events that come after the wait began count.
    ///
    /// - Parameter timeout: gives up after so long, at most 366 days.
    /// - Returns: the event; nil when the time was up.
    /// - Throws: ``StepwellError`` for a mistake in the function or an event that is no `E`; ``RunInterrupted``;
    ///   `CancellationError`.
    public nonisolated(nonsending) func waitForEvent<E: Event>(
        _ id: String, on type: E.Type, match path: String, timeout: Duration
    ) async throws -> ReceivedEvent<E>? {
        try await waitForEvent(id, on: type, if: "event.\(path) == async.\(path)", timeout: timeout)
    }

    /// Waits for an event of type `type` for which `expression` is true: `event` is this run's own, `async` the new one.
    ///
    /// - Parameters:
    ///   - expression: such as `async.data.total > event.data.total`. Default: the next such event.
    ///   - timeout: gives up after so long, at most 366 days.
    /// - Returns: the event; nil when the time was up.
    /// - Throws: ``StepwellError`` for a mistake in the function or an event that is no `E`; ``RunInterrupted``;
    ///   `CancellationError`.
    public nonisolated(nonsending) func waitForEvent<E: Event>(
        _ id: String, on type: E.Type, if expression: String? = nil, timeout: Duration
    ) async throws -> ReceivedEvent<E>? {
        try await wait(id, for: type.name, if: expression, timeout: timeout)
    }

    /// Waits for an event by its exact name, with whatever data it has; see the form that takes a type.
    ///
    /// - Throws: what that form throws.
    public nonisolated(nonsending) func waitForEvent(
        _ id: String, named name: String, if expression: String? = nil, timeout: Duration
    ) async throws -> ReceivedEvent<JSON>? {
        try await wait(id, for: name, if: expression, timeout: timeout)
    }

    private nonisolated(nonsending) func wait<Payload: Codable & Sendable>(
        _ id: String, for name: String, if expression: String?, timeout: Duration
    ) async throws -> ReceivedEvent<Payload>? {
        try Self.check(timeout, of: id)
        let operation = StepOperation.waitForEvent(name: name, expression: expression, timeout: timeout.wireText)
        let memo = try await session.result(of: id, operation) { .null }.memo
        return memo.json.isNull ? nil : try ReceivedEvent(json: memo.json)
    }
}
