import StepwellModel
import StepwellWire

/// The worker's reply to a call: PROTOCOL 3.4.
struct CallReply: Sendable {
    var status: Int
    let body: RawJSON
    /// The `X-Inngest-No-Retry` header.
    var noRetry: Bool?
    /// The `Retry-After` header.
    var retryAfter: String?

    /// Steps in one reply, and bytes of it, at most. PROTOCOL 3.3 and 3.4.
    static let stepsMax = 1_000
    static let byteCountMax = 8 * 1_024 * 1_024

    /// The function returned. What is told beside that makes an operation of it.
    static func finished(_ output: RawJSON, beside lazies: [Opcode] = []) -> CallReply {
        guard !lazies.isEmpty else { return CallReply(status: 200, body: output) }
        let end = Opcode(.runComplete, id: StepHash(of: "complete").hex, data: output)
        let reply = CallReply(status: 206, body: RawJSON(validated: Opcode.encode(lazies + [end])))
        return reply.bounded(byteCount: reply.body.count)
    }

    /// Steps were found, or one has run.
    static func steps(_ reports: [StepReport], beside lazies: [Opcode] = []) -> CallReply {
        guard reports.count + lazies.count <= stepsMax else {
            return .refused(
                StepwellError(
                    .planTooLarge,
                    "\(reports.count) steps wait at the same time\(beside(lazies, reports.count)); at most \(stepsMax) can. "
                        + "Start them in groups, one after the other, or send an event for each part of the work."))
        }
        var reply = CallReply(status: 206, body: RawJSON(validated: Opcode.encode(lazies + reports.map(\.opcode))))
        if case .failed(let error, let isFinal)? = reports.first?.kind {
            reply.noRetry = isFinal
            reply.retryAfter = isFinal ? nil : error.retryAfter
        }
        return reply.bounded(byteCount: reply.body.count)
    }

    private static func beside(_ lazies: [Opcode], _ stepCount: Int) -> String {
        guard !lazies.isEmpty else { return "" }
        return
            ", and \(lazies.count) orders to defer or to take that back are sent with them, \(stepCount + lazies.count) in all"
    }

    /// This reply unless `byteCount`, its size as it is sent, is too large: then a refusal that is retried as this one
    /// would have been.
    func bounded(byteCount: Int) -> CallReply {
        guard byteCount > Self.byteCountMax else { return self }
        let error = StepwellError(
            .replyTooLarge,
            "the reply to the server has \(byteCount) bytes; it takes at most \(Self.byteCountMax). Pass large data by "
                + "reference: in the payloads of invocations, and in the messages of errors.")
        var refusal = CallReply(
            status: 500, body: ErrorReport(error, in: "the worker").object.json, noRetry: noRetry ?? true,
            retryAfter: retryAfter)
        refusal.status = refusal.noRetry == true ? 400 : 500
        return refusal
    }

    /// The function threw.
    static func failed(_ error: ErrorReport) -> CallReply {
        let body = error.object.json
        return CallReply(
            status: error.isFinal ? 400 : 500, body: body, noRetry: error.isFinal,
            retryAfter: error.isFinal ? nil : error.retryAfter
        ).bounded(byteCount: body.count)
    }

    /// The call cannot be served as it is.
    static func refused(_ error: StepwellError) -> CallReply { failed(ErrorReport(error, in: "the worker")) }
}
