import StepwellModel

/// What becomes of two waits for the same signal: it has one waiter at a time.
public enum SignalConflict: Sendable, Hashable {
    /// The run that comes second fails.
    case fail
    /// The wait that comes second takes the place of the first, which goes on without a signal when its time is up.
    case replace
}

extension Step {
    /// Waits for the signal `name`, which one run at a time can wait for, and gives the data that it was sent with.
    ///
    /// ```swift
    /// let approval = try await step.waitForSignal(
    ///     "approval", signal: "approve-\(order.orderId)", as: Approval.self, timeout: .seconds(86_400))
    /// ```
    ///
    /// - Parameters:
    ///   - name: the signal's name, unique in the environment, at most 1,024 bytes.
    ///   - type: what the data are.
    ///   - timeout: gives up after so long, at most 366 days. Default: one year.
    ///   - conflict: what to do when another run waits for it already. Default: this run fails.
    /// - Returns: the data; nil when the time was up.
    /// - Throws: ``StepwellError`` for a mistake in the function or data that are no `T`; ``RunInterrupted``;
    ///   `CancellationError`.
    public nonisolated(nonsending) func waitForSignal<T: Codable & Sendable>(
        _ id: String, signal name: String, as type: T.Type, timeout: Duration = .seconds(365 * 86_400),
        onConflict conflict: SignalConflict = .fail
    ) async throws -> T? {
        try Self.check(timeout, of: id)
        try SignalSender.check(name)
        let operation = StepOperation.waitForSignal(
            name: name, timeout: timeout.wireText, replaces: conflict == .replace)
        let memo = try await session.result(of: id, operation) { .null }.memo
        guard !memo.json.isNull else { return nil }
        return try Self.decode(memo.json["data"]?["data"] ?? RawJSON.null.slice, of: id)
    }

    /// Waits for a signal whose data have any shape; see the form that takes a type.
    ///
    /// - Throws: what that form throws.
    public nonisolated(nonsending) func waitForSignal(
        _ id: String, signal name: String, timeout: Duration = .seconds(365 * 86_400),
        onConflict conflict: SignalConflict = .fail
    ) async throws -> JSON? {
        try await waitForSignal(id, signal: name, as: JSON.self, timeout: timeout, onConflict: conflict)
    }

    /// Sends the signal `name` with `data` to the run that waits for it.
    ///
    /// A process can die after sending and before the step is recorded; then the signal is sent again, and goes to whoever
    /// waits for it by then.
    ///
    /// - Returns: the id of the run that received it; nil when no run waits for it.
    /// - Throws: ``StepError`` when the retries are used up; else what ``sleep(_:for:)`` throws.
    @discardableResult
    public nonisolated(nonsending) func sendSignal(
        _ id: String, signal name: String, data: some Codable & Sendable
    ) async throws -> String? {
        let (step, memo) = try await session.result(of: id, .run(type: "step.sendSignal")) {
            let runID = try await session.environment.client.sendSignal(name, data: data)
            return try Self.encode(SentSignal(runId: runID), of: id)
        }
        let sent: SentSignal = try Self.decode(try memo.result(of: step), of: id)
        return sent.runId
    }

    /// Sends a signal without data; see the form that has some.
    ///
    /// - Throws: what that form throws.
    @discardableResult
    public nonisolated(nonsending) func sendSignal(_ id: String, signal name: String) async throws -> String? {
        try await sendSignal(id, signal: name, data: JSON.null)
    }

    /// What is recorded of it, as the other SDKs record it.
    private struct SentSignal: Codable {
        let runId: String?
    }
}
