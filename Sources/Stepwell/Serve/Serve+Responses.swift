import StepwellModel
import StepwellWire

/// Answers in the forms of PROTOCOL 3.4 and 3.10, with the headers that every answer has.
extension Serve {
    func response(_ status: Int, _ body: [UInt8], _ extra: [(name: String, value: String)] = []) -> ServeResponse {
        var headers: [(name: String, value: String)] = [
            ("Content-Type", "application/json"), (Header.sdk, SDKIdentity.header),
            (Header.framework, SDKIdentity.framework), (Header.requestVersion, "2"),
        ]
        headers += extra
        if let signature = keys.signature(of: body, at: clock()) { headers.append((Header.signature, signature)) }
        return ServeResponse(status: status, headers: headers, body: .bytes(body))
    }

    func response(to answer: CallReply) -> ServeResponse {
        response(answer.status, answer.body.bytes, Self.retryHeaders(answer))
    }

    private static func retryHeaders(_ answer: CallReply) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let noRetry = answer.noRetry { headers.append((Header.noRetry, noRetry ? "true" : "false")) }
        if let retryAfter = answer.retryAfter { headers.append((Header.retryAfter, retryAfter)) }
        return headers
    }

    /// An error as the protocol has it. One who could not prove to be the server learns nothing but the error.
    func refusal(_ status: Int, _ error: StepwellError, _ extra: [(name: String, value: String)] = []) -> ServeResponse
    {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("code", "\(error.code)")
        writer.member("message", error.message)
        writer.member("name", "StepwellError")
        writer.endObject()
        guard status != 401 else {
            return ServeResponse(
                status: 401, headers: [("Content-Type", "application/json")], body: .bytes(writer.bytes))
        }
        return response(status, writer.bytes, extra + [(Header.noRetry, "false")])
    }

    // MARK: Streaming

    /// How often a space is sent while an answer is awaited.
    static let spacePeriod: Duration = .seconds(3)

    /// Answers 201 at once, with a space every three seconds until the real answer follows in an envelope.
    func stream(_ answer: @escaping @Sendable () async -> CallReply) -> ServeResponse {
        let (stream, pieces) = AsyncStream<[UInt8]>.makeStream()
        let work = Task {
            let spaces = Task {
                while true {
                    try await Task.sleep(for: Self.spacePeriod)
                    pieces.yield([UInt8(ascii: " ")])
                }
            }
            let reply = await answer()
            let envelope = envelope(reply)
            spaces.cancel()
            // Inside an envelope a body is a JSON text in quotes, which takes more bytes than the body itself.
            let fits = envelope.count <= CallReply.byteCountMax
            pieces.yield(fits ? envelope : self.envelope(reply.bounded(byteCount: envelope.count)))
            pieces.finish()
        }
        pieces.onTermination = { reason in
            if case .cancelled = reason { work.cancel() }
        }
        var response = response(201, [])
        response.headers.removeAll { $0.name == Header.signature }
        response.body = .stream(stream)
        return response
    }

    private func envelope(_ answer: CallReply) -> [UInt8] {
        let headers = response(to: answer).headers
        return StreamEnvelope(status: answer.status, headers: headers, body: answer.body.bytes, version: 2).bytes
    }
}
