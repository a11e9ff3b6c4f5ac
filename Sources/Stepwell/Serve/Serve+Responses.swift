import StepwellModel

/// Answers in the forms of PROTOCOL 3.4 and 3.10, with the headers that every answer has.
extension Serve {
    func response(_ status: Int, _ body: [UInt8], _ extra: [(name: String, value: String)] = []) -> ServeResponse {
        var headers: [(name: String, value: String)] = [
            ("Content-Type", "application/json"), ("X-Inngest-SDK", SDKIdentity.header),
            ("X-Inngest-Framework", SDKIdentity.framework), ("X-Inngest-Req-Version", "2"),
        ]
        headers += extra
        if let signature = keys.signature(of: body, at: clock()) { headers.append(("X-Inngest-Signature", signature)) }
        return ServeResponse(status: status, headers: headers, body: .bytes(body))
    }

    func response(to answer: CallAnswer) -> ServeResponse {
        response(answer.status, answer.body.bytes, Self.retryHeaders(answer))
    }

    private static func retryHeaders(_ answer: CallAnswer) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let noRetry = answer.noRetry { headers.append(("X-Inngest-No-Retry", noRetry ? "true" : "false")) }
        if let retryAfter = answer.retryAfter { headers.append(("Retry-After", retryAfter)) }
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
        return response(status, writer.bytes, extra + [("X-Inngest-No-Retry", "false")])
    }

    // MARK: Streaming

    /// How often a space is sent while an answer is awaited.
    static let spacePeriod: Duration = .seconds(3)

    /// Answers 201 at once, with a space every three seconds until the real answer follows in an envelope.
    func stream(_ answer: @escaping @Sendable () async -> CallAnswer) -> ServeResponse {
        let (stream, pieces) = AsyncStream<[UInt8]>.makeStream()
        let work = Task {
            let spaces = Task {
                while true {
                    try await Task.sleep(for: Self.spacePeriod)
                    pieces.yield([UInt8(ascii: " ")])
                }
            }
            let envelope = envelope(await answer())
            spaces.cancel()
            pieces.yield(envelope)
            pieces.finish()
        }
        pieces.onTermination = { reason in
            if case .cancelled = reason { work.cancel() }
        }
        var response = response(201, [])
        response.headers.removeAll { $0.name == "X-Inngest-Signature" }
        response.body = .stream(stream)
        return response
    }

    private func envelope(_ answer: CallAnswer) -> [UInt8] {
        var writer = JSONWriter(capacity: answer.body.count + 512)
        writer.beginObject()
        writer.member("status", answer.status)
        writer.key("headers")
        writer.beginObject()
        for header in response(to: answer).headers {
            writer.key(header.name)
            writer.string(header.value)
        }
        writer.endObject()
        writer.member("body", answer.body.text)
        writer.member("version", 2)
        writer.endObject()
        return writer.bytes
    }
}
