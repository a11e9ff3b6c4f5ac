import StepwellModel

extension Step {
    /// Waits for an event of type `type` that has the same value as this run's event at `path`, such as
    /// `data.organisationId`.
    ///
    /// - Parameters:
    ///   - timeout: gives up after so long, at most 366 days.
    ///   - since: also takes an event that came before, the first of several; servers other than Stepwell do not know it.
    ///     Default: only events that come after the wait began count.
    /// - Returns: the event; nil when the time was up.
    /// - Throws: ``StepwellError`` for a mistake in the function or an event that is no `E`; ``RunInterrupted``;
    ///   `CancellationError`.
    public nonisolated(nonsending) func waitForEvent<E: Event>(
        _ id: String, on type: E.Type, match path: String, timeout: Duration, since: EventLookBack? = nil
    ) async throws -> ReceivedEvent<E>? {
        let expression = EventWait.expression(path)
        return try await waitForEvent(id, on: type, if: expression, timeout: timeout, since: since)
    }

    /// Waits for an event of type `type` for which `expression` is true: `event` is this run's own, `async` the new one.
    ///
    /// - Parameters:
    ///   - expression: such as `async.data.total > event.data.total`. Default: the next such event.
    ///   - timeout: gives up after so long, at most 366 days.
    ///   - since: also takes an event that came before, the first of several. Default: none.
    /// - Returns: the event; nil when the time was up.
    /// - Throws: ``StepwellError`` for a mistake in the function or an event that is no `E`; ``RunInterrupted``;
    ///   `CancellationError`.
    public nonisolated(nonsending) func waitForEvent<E: Event>(
        _ id: String, on type: E.Type, if expression: String? = nil, timeout: Duration, since: EventLookBack? = nil
    ) async throws -> ReceivedEvent<E>? {
        let wait = EventWait(name: type.name, expression: expression, since: since)
        return try await received(id, wait, timeout: timeout)
    }

    /// Waits for an event by its exact name, with whatever data it has; see the form that takes a type.
    ///
    /// - Throws: what that form throws.
    public nonisolated(nonsending) func waitForEvent(
        _ id: String, named name: String, if expression: String? = nil, timeout: Duration, since: EventLookBack? = nil
    ) async throws -> ReceivedEvent<JSON>? {
        try await received(id, EventWait(name: name, expression: expression, since: since), timeout: timeout)
    }

    nonisolated(nonsending) func received<Payload: Codable & Sendable>(
        _ id: String, _ wait: EventWait, timeout: Duration, any group: WaitGroup? = nil
    ) async throws -> ReceivedEvent<Payload>? {
        try Self.check(timeout, of: id)
        if case .last(let span)? = wait.since { try Self.check(span, of: id) }
        let memo = try await session.result(
            of: id,
            asking: { step in
                .waitForEvent(
                    name: wait.name, expression: wait.expression, timeout: timeout.wireText,
                    since: wait.since?.wireText, any: group?.name(joinedBy: step))
            }, body: { .null }
        ).memo
        return memo.json.isNull ? nil : try ReceivedEvent(json: memo.json)
    }
}
