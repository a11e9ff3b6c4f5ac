import StepwellModel

extension Step {
    /// Steps that ask models.
    public var ai: StepAI { StepAI(session: session) }
}

/// Steps that ask models; see ``Step/ai``.
public struct StepAI: Sendable {
    let session: RunSession

    /// Lets the server ask a provider of inference, and gives its answer, recorded once.
    ///
    /// ```swift
    /// let answer = try await step.ai.infer(
    ///     "summarise", provider: .openAI(key: key), body: ChatRequest(text), as: ChatAnswer.self)
    /// ```
    ///
    /// Nothing of this process is held while the model thinks. A status above 299 is a failure, which is tried again as often
    /// as the function's retries say. The key goes to the server with the step; neither shows it to anybody.
    ///
    /// - Parameters:
    ///   - provider: whom to ask.
    ///   - body: the request in the provider's form, written as JSON.
    ///   - type: what the provider's answer is.
    /// - Throws: ``StepError`` when there is no usable answer after all attempts, or when the request cannot be made;
    ///   ``RunInterrupted``; `CancellationError`; ``StepwellError`` for a mistake in the function.
    public nonisolated(nonsending) func infer<Answer: Codable & Sendable>(
        _ id: String, provider: InferenceProvider, body: some Encodable, as type: Answer.Type
    ) async throws -> Answer {
        let body = try Step.encode(body, of: id)
        var options = JSONWriter(capacity: body.count + 256)
        options.beginObject()
        options.member("url", provider.url)
        options.key("headers")
        options.write(provider.headers)
        options.member("auth_key", provider.key)
        options.member("format", provider.format.rawValue)
        options.member("body", body)
        options.member("type", "step.ai.infer")
        options.endObject()
        let (step, memo) = try await session.result(of: id, .infer(options.json)) { .null }
        return try Step.decode(try memo.result(of: step), of: id)
    }

    /// Runs `body`, which asks a model by whatever library, as a step: its input and its answer are recorded, and people see
    /// both.
    ///
    /// ```swift
    /// let text = try await step.ai.wrap("summarise", input: prompt) { prompt in
    ///     try await model.complete(prompt)
    /// }
    /// ```
    ///
    /// The body runs in this process and holds it while the model thinks; ``infer(_:provider:body:as:)`` does not. Like the
    /// input of ``Step/run(_:input:_:)``, this one can be edited when the run is repeated from this step.
    ///
    /// - Parameters:
    ///   - input: what the model is asked, at most 4 MiB as JSON.
    ///   - body: asks it; its result is recorded as JSON, at most 4 MiB.
    /// - Throws: what ``Step/run(_:_:)`` throws.
    public nonisolated(nonsending) func wrap<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ id: String, input: Input, _ body: nonisolated(nonsending) (Input) async throws -> Output
    ) async throws -> Output {
        try await Step(session: session).run(id, type: "step.ai.wrap", input: input, body)
    }

    /// As the form that takes a type, for an answer of any shape.
    ///
    /// - Throws: what that form throws.
    public nonisolated(nonsending) func infer(
        _ id: String, provider: InferenceProvider, body: some Encodable
    ) async throws -> JSON {
        try await infer(id, provider: provider, body: body, as: JSON.self)
    }
}
