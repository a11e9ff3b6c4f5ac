/// A plain connection to an origin: one request at a time. Used on its loop's thread only.
final class PlainConnection: TCPStreamDelegate {
    private let origin: PlainOrigin
    private let stream: TCPStream
    private let parser = MessageParser(.response)
    private var deadline: DeadlineTimer?
    private var call: HTTPCall?
    private var isReused = false
    private var sentAt: UInt64 = 0
    private var answerBegan = false
    private var headBytes = 0
    private var isHeadComplete = false
    private var status: HTTPStatus = 0
    private var headers = HTTPHeaders()

    init(origin: PlainOrigin, stream: TCPStream) {
        self.origin = origin
        self.stream = stream
        parser.fieldBytesMax = origin.configuration.headBytesMax
        parser.fieldsMax = 1_000
        stream.setDelegate(self)
        // The deadline is this object's own and goes with it.
        deadline = DeadlineTimer(loop: origin.loop) { [unowned self] in deadlinePassed() }
        stream.startReading()
    }

    // MARK: Request

    func send(_ call: HTTPCall) {
        self.call = call
        // The stream holds this object as long as it has a call; whoever takes the call away clears this.
        call.abandon = { [unowned self] in abandoned() }
        sentAt = origin.loop.turnTime
        answerBegan = false
        headBytes = 0
        isHeadComplete = false
        deadline?.set(at: call.deadline)
        let request = call.request
        stream.write { output in
            Self.encodeHead(request, into: &output)
            output += request.body
        }
    }

    private static let framingFields = ["Host", "Content-Length", "Transfer-Encoding", "Connection"]

    private static func encodeHead(_ request: HTTPClientRequest, into output: inout [UInt8]) {
        output.append(contentsOf: request.method.name.utf8)
        output.append(HTTPByte.space)
        output.append(contentsOf: request.url.target.utf8)
        output.append(contentsOf: " HTTP/1.1\r\nHost: ".utf8)
        output.append(contentsOf: request.url.authority.utf8)
        output += HTTPByte.lineEnd
        request.headers.encode(into: &output, without: framingFields)
        if request.asksForCodings { output.append(contentsOf: "Accept-Encoding: gzip, deflate\r\n".utf8) }
        let mayHaveBody = request.method == .post || request.method == .put || request.method == .patch
        if mayHaveBody || !request.body.isEmpty {
            output.append(contentsOf: "Content-Length: ".utf8)
            ASCII.append(request.body.count, to: &output)
            output += HTTPByte.lineEnd
        }
        output += HTTPByte.lineEnd
    }

    // MARK: Answer

    func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        // Bytes that nobody asked for: what follows them cannot be trusted.
        guard call != nil else { return discard() }
        answerBegan = true
        var offset = 0
        var mayContinue = true
        while mayContinue, let call {
            let (next, event) = parser.execute(bytes, from: offset, to: bytes.count)
            if !isHeadComplete {
                headBytes += next - offset
                if headBytes > origin.configuration.headBytesMax {
                    return fail(.responseHeadTooLarge(bytesMax: origin.configuration.headBytesMax))
                }
            }
            offset = next
            switch event {
            case .more: mayContinue = false
            case .head: beginAnswer(to: call)
            case .trailers: break
            case .message: endMessage(hasExtraBytes: offset < bytes.count)
            case .failed(let failure): return fail(error(for: failure, call))
            }
        }
    }

    private func beginAnswer(to call: HTTPCall) {
        status = HTTPStatus(parser.statusCode)
        headers = parser.takeHeaders()
        guard status.code >= 200 else {
            if status.code == 101 { fail(.malformedResponse("the peer switched protocols unasked")) }
            return
        }
        isHeadComplete = true
        let bytesMax = call.request.responseBytesMax
        parser.bodyBytesMax = bytesMax
        if call.request.method == .head { return parser.skipBody() }
        guard parser.hasContentLength else { return }
        if parser.contentLength > UInt64(max(0, bytesMax)) { return fail(.responseTooLarge(bytesMax: bytesMax)) }
        parser.reserveBody(Int(parser.contentLength))
    }

    private func endMessage(hasExtraBytes: Bool) {
        let keepsAlive = parser.keepsAlive && !hasExtraBytes
        let body = parser.takeBody()
        parser.reset()
        // An interim answer: the final one follows.
        guard isHeadComplete else { return }
        complete(body: body, keepsAlive: keepsAlive)
    }

    private func complete(body: [UInt8], keepsAlive: Bool) {
        guard let call else { return }
        let outcome = ContentDecoder.decode(
            HTTPClientResponse(status: status, headers: headers, body: body), for: call.request)
        self.call = nil
        call.abandon = nil
        headers = HTTPHeaders()
        // A request that was answered before it was sent in full leaves the connection in the middle of it.
        if keepsAlive, stream.isOpen, stream.unsentBytes == 0 {
            isReused = true
            deadline?.set(after: origin.configuration.idleTimeout.millisecondsRoundedUp)
            origin.release(self)
        } else {
            discard()
        }
        switch outcome {
        case .success(let response): call.succeed(response)
        case .failure(let error): call.fail(error)
        }
    }

    private func error(for failure: MessageParser.Failure, _ call: HTTPCall) -> HTTPClientError {
        switch failure {
        case .bodyTooLarge: .responseTooLarge(bytesMax: call.request.responseBytesMax)
        case .headTooLarge, .targetTooLong: .responseHeadTooLarge(bytesMax: origin.configuration.headBytesMax)
        case .malformed(let reason): .malformedResponse(reason)
        case .unsupportedVersion: .malformedResponse("unknown protocol version")
        case .unsupportedMethod: .malformedResponse("no status line")
        }
    }

    // MARK: Ends

    func streamEnded(_ code: Int32) {
        guard let call else { return discard() }
        // An answer without a length ends with the connection.
        if code == 0, isHeadComplete, parser.finish() { return complete(body: parser.takeBody(), keepsAlive: false) }
        let error = HTTPClientError.connectionClosed(answerBegan: answerBegan)
        let window = origin.configuration.staleConnectionWindow.millisecondsRoundedUp
        let isStale = isReused && !answerBegan && origin.loop.turnTime &- sentAt <= window
        guard isStale, call.firstFailure == nil else { return fail(error) }
        call.firstFailure = error
        call.abandon = nil
        self.call = nil
        discard()
        origin.connect(for: call)
    }

    /// The answer may have been sent before the peer closed; reading tells.
    func streamWriteFailed(_ code: Int32) {}

    func streamStalled() {}

    func streamDrained() {}

    func streamClosed() {
        // The loop was stopped under the call.
        fail(.cancelled)
    }

    private func deadlinePassed() {
        if call == nil { discard() } else { fail(.timeout) }
    }

    private func fail(_ error: HTTPClientError) {
        let call = call
        self.call = nil
        call?.abandon = nil
        discard()
        call?.fail(error)
    }

    private func abandoned() {
        call = nil
        discard()
    }

    /// Fails the request in hand and closes.
    func cancel() { fail(.cancelled) }

    private func discard() {
        deadline?.close()
        deadline = nil
        stream.close()
        origin.closing(self)
    }
}
