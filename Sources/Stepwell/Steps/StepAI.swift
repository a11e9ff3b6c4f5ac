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

    /// As the form that takes a type, for an answer of any shape.
    ///
    /// - Throws: what that form throws.
    public nonisolated(nonsending) func infer(
        _ id: String, provider: InferenceProvider, body: some Encodable
    ) async throws -> JSON {
        try await infer(id, provider: provider, body: body, as: JSON.self)
    }
}
