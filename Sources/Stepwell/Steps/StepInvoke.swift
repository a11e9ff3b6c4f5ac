import StepwellModel

extension Step {
    /// Runs another function of this app, and waits for what it returns. It has its own retries, limits and steps.
    ///
    /// - Parameters:
    ///   - data: the data of the event that it receives.
    ///   - timeout: gives up waiting after so long, at most 366 days. Default: one year.
    /// - Throws: ``StepError`` if that function failed, was not found, or did not finish in time; ``RunInterrupted``;
    ///   `CancellationError`; ``StepwellError`` for a mistake in the function.
    @discardableResult
    public nonisolated(nonsending) func invoke<Input, Output: Codable>(
        _ id: String, _ function: Function<Input, Output>, with data: Input, timeout: Duration? = nil
    ) async throws -> Output {
        try await invoke(id, FunctionReference(function.id), with: data, timeout: timeout)
    }

    /// Runs a function that returns nothing; see the form for one that returns something.
    ///
    /// - Throws: what that form throws.
    public nonisolated(nonsending) func invoke<Input>(
        _ id: String, _ function: Function<Input, Void>, with data: Input, timeout: Duration? = nil
    ) async throws {
        try await invoke(id, FunctionReference(function.id), with: data, timeout: timeout)
    }

    /// Runs a function that is named rather than at hand, of this app or another; see the form that takes a function.
    ///
    /// - Throws: what that form throws.
    @discardableResult
    public nonisolated(nonsending) func invoke<Input, Output: Codable>(
        _ id: String, _ function: FunctionReference<Input, Output>, with data: Input, timeout: Duration? = nil
    ) async throws -> Output {
        let (step, memo) = try await invocation(id, function, with: data, timeout: timeout)
        return try Self.decode(try memo.result(of: step), of: id)
    }

    /// Runs a function that is named, and whose result is not looked at; see the form that takes a function.
    ///
    /// - Throws: what that form throws.
    public nonisolated(nonsending) func invoke<Input>(
        _ id: String, _ function: FunctionReference<Input, Void>, with data: Input, timeout: Duration? = nil
    ) async throws {
        let (step, memo) = try await invocation(id, function, with: data, timeout: timeout)
        _ = try memo.result(of: step)
    }

    private nonisolated(nonsending) func invocation<Input, Output>(
        _ id: String, _ function: FunctionReference<Input, Output>, with data: Input, timeout: Duration?
    ) async throws -> (step: StepIdentity, memo: RecordedResult) {
        if let timeout { try Self.check(timeout, of: id) }
        var payload = JSONWriter()
        payload.beginObject()
        payload.member("data", try Self.encode(data, of: id))
        payload.endObject()
        let name = "\(function.app ?? session.environment.appID)-\(function.id)"
        let operation = StepOperation.invoke(function: name, payload: payload.json, timeout: timeout?.wireText)
        return try await session.result(of: id, operation) { .null }
    }
}
