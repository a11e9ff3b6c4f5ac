import StepwellModel
import StepwellWire

/// The worker's reply to a call: PROTOCOL 3.4.
struct CallReply: Sendable {
    let status: Int
    let body: RawJSON
    /// The `X-Inngest-No-Retry` header.
    var noRetry: Bool?
    /// The `Retry-After` header.
    var retryAfter: String?

    /// The function returned.
    static func finished(_ output: RawJSON) -> CallReply { CallReply(status: 200, body: output) }

    /// Steps were found, or one has run.
    static func steps(_ reports: [StepReport]) -> CallReply {
        var reply = CallReply(status: 206, body: RawJSON(validated: Opcode.encode(reports.map(\.opcode))))
        if case .failed(let error, let isFinal)? = reports.first?.kind {
            reply.noRetry = isFinal
            reply.retryAfter = isFinal ? nil : error.retryAfter
        }
        return reply
    }

    /// The function threw.
    static func failed(_ error: ErrorReport) -> CallReply {
        CallReply(
            status: error.isFinal ? 400 : 500, body: error.object.json, noRetry: error.isFinal,
            retryAfter: error.isFinal ? nil : error.retryAfter)
    }

    /// The call cannot be served as it is.
    static func refused(_ error: StepwellError) -> CallReply { failed(ErrorReport(error, in: "the worker")) }
}
