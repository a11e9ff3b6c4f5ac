extension Step {
    /// Runs `body`, in which steps run against each other: the function goes on when the first of them is done.
    ///
    /// Without this, steps that are found together are all awaited before the function goes on, which takes fewer calls.
    ///
    /// ```swift
    /// let quote = try await step.race {
    ///     try await withThrowingTaskGroup(of: Quote.self) { group in
    ///         group.addTask { try await step.run("ask-first") { try await first.quote() } }
    ///         group.addTask { try await step.run("ask-second") { try await second.quote() } }
    ///         defer { group.cancelAll() }
    ///         return try await group.next()
    ///     }
    /// }
    /// ```
    ///
    /// - Throws: what `body` throws.
    public nonisolated(nonsending) func race<Output>(
        _ body: nonisolated(nonsending) () async throws -> Output
    ) async rethrows -> Output {
        try await StepScope.$isRace.withValue(true) { try await body() }
    }
}
