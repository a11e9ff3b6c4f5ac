import StepwellModel

/// The worker's answer to a call: PROTOCOL 3.4.
struct CallAnswer: Sendable {
    let status: Int
    let body: RawJSON
    /// The `X-Inngest-No-Retry` header.
    var noRetry: Bool?
    /// The `Retry-After` header.
    var retryAfter: String?

    /// The function returned.
    static func finished(_ output: RawJSON) -> CallAnswer { CallAnswer(status: 200, body: output) }

    /// Steps were found, or one has run.
    static func steps(_ opcodes: [Opcode]) -> CallAnswer {
        var writer = JSONWriter()
        writer.beginArray()
        for opcode in opcodes { opcode.write(to: &writer) }
        writer.endArray()
        var answer = CallAnswer(status: 206, body: writer.json)
        if case .failed(let error, let isFinal)? = opcodes.first?.kind {
            answer.noRetry = isFinal
            answer.retryAfter = isFinal ? nil : error.retryAfter
        }
        return answer
    }

    /// The function threw.
    static func failed(_ error: ErrorReport) -> CallAnswer {
        var writer = JSONWriter()
        error.write(to: &writer)
        var answer = CallAnswer(status: error.isFinal ? 400 : 500, body: writer.json)
        answer.noRetry = error.isFinal
        answer.retryAfter = error.isFinal ? nil : error.retryAfter
        return answer
    }

    /// The call cannot be served as it is.
    static func refused(_ error: StepwellError) -> CallAnswer { failed(ErrorReport(error, in: "the worker")) }
}
