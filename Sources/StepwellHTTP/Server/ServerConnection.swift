/// One connection of a server: bytes in, requests to the handler, answers out in order. Used on its loop's thread only.
final class ServerConnection: TCPStreamDelegate {
    private enum Phase {
        /// Reading a header section, or waiting for one. Can transition to body, ending, lingering.
        case head
        /// Reading a body. Can transition to head, trailers, ending.
        case body
        /// Reading what follows the last chunk. Can transition to head, ending.
        case trailers
        /// No further request is read; answers are outstanding. Can transition to lingering.
        case ending
        /// The last answer is written; what still comes is thrown away until the peer closes.
        case lingering

        /// Whether bytes still make requests.
        var reads: Bool { self == .head || self == .body || self == .trailers }
    }

    /// What a peer may still send after the last answer before it is cut off.
    private static let lingerBytesMax = 1 << 20

    let server: HTTPServer
    let shard: HTTPServer.Shard
    let loop: EventLoop
    private let stream: TCPStream
    private let peer: SocketAddress?
    private let parser = MessageParser(.request)
    private var scanner = HeadScanner()
    private var deadline: DeadlineTimer?
    private var phase = Phase.head
    /// Requests whose answers are not out, in order.
    private var exchanges: [ServerExchange] = []
    /// The request whose body is being read; its exchange is the last.
    private var current: HTTPRequestHead?
    /// Bytes that were read while no further request could be taken.
    private var pending: [UInt8] = []
    private var isParsing = false
    private var hasPeerEnded = false
    private var requestCount = 0
    private var phaseStart: UInt64 = 0
    private var lingerBytes = 0
    private var stalledBytes: Int?

    /// Nil when the socket cannot be used; it stays the caller's then.
    init?(server: HTTPServer, shard: HTTPServer.Shard, socket: Int32) {
        self.server = server
        self.shard = shard
        loop = shard.loop
        stream = TCPStream(loop: shard.loop)
        peer = Listener.peerAddress(of: socket)
        if let context = server.configuration.tls {
            guard let session = TLSSession(context) else {
                stream.close()
                return nil
            }
            stream.secure(with: session)
        }
        guard stream.open(descriptor: socket) == 0 else {
            stream.close()
            return nil
        }
        parser.targetBytesMax = server.configuration.targetBytesMax
        parser.fieldsMax = server.configuration.headFieldsMax
        parser.fieldBytesMax = server.configuration.headBytesMax
    }

    func start() {
        stream.setDelegate(self)
        stream.probePeer(idleSeconds: 30, intervalSeconds: 10, count: 3)
        // The deadline is this object's own and goes with it.
        deadline = DeadlineTimer(loop: loop) { [unowned self] in deadlinePassed() }
        phaseStart = loop.turnTime
        if !server.readingPaused { stream.startReading() }
        updateDeadline()
    }

    func close() {
        guard stream.isOpen else { return }
        stream.close()
        release()
    }

    private func release() {
        deadline?.close()
        deadline = nil
        pending = []
        let left = exchanges
        exchanges = []
        for exchange in left {
            exchange.peerGone()
            exchange.detach()
        }
    }

    /// The server stops: close when nothing is in flight, else after the last answer.
    func stopSoon() {
        if exchanges.isEmpty, phase == .head, !scanner.hasBegun { close() }
    }

    // MARK: Reading

    func streamReceived(_ bytes: UnsafeRawBufferPointer) {
        if phase == .lingering {
            lingerBytes += bytes.count
            if lingerBytes > Self.lingerBytesMax { close() }
            return
        }
        // One read of the socket may bring several records of TLS, also after no further request could be taken.
        guard pending.isEmpty else {
            pending += bytes
            return
        }
        let next = parse(bytes)
        if next < bytes.count, stream.isOpen, phase != .lingering {
            pending = Array(bytes[next...])
            stream.stopReading()
        }
        updateDeadline()
    }

    func streamEnded(_ code: Int32) {
        guard code == 0, phase != .lingering else { return close() }
        hasPeerEnded = true
        for exchange in exchanges { exchange.peerGone() }
        // Who was told may have given the last answer at once.
        guard stream.isOpen, phase != .lingering else { return }
        if phase == .body || phase == .trailers {
            refuse(400)
        } else if exchanges.isEmpty {
            close()
        } else {
            phase = .ending
            updateDeadline()
        }
    }

    func streamWriteFailed(_ code: Int32) { close() }

    func streamClosed() {
        release()
        server.closed(self)
    }

    /// The server began or ended a pause.
    func readingChanged() {
        if server.readingPaused {
            if phase.reads { stream.stopReading() }
            updateDeadline()
        } else {
            phaseStart = loop.turnTime
            continueReading()
        }
    }

    /// Goes on with what was read before, then with the socket.
    private func continueReading() {
        guard !isParsing, stream.isOpen, phase.reads, !server.readingPaused else { return }
        if !pending.isEmpty {
            let bytes = pending
            pending = []
            let next = bytes.withUnsafeBytes { parse($0) }
            if next < bytes.count, phase.reads { pending = Array(bytes[next...]) }
        }
        if pending.isEmpty, !hasPeerEnded, phase.reads { stream.startReading() }
        updateDeadline()
    }

    private var mayParse: Bool {
        guard stream.isOpen, !server.readingPaused else { return false }
        switch phase {
        case .head: return exchanges.count < server.configuration.pipelinedRequestsMax
        case .body, .trailers: return true
        case .ending, .lingering: return false
        }
    }

    /// Parses as far as it may; returns how far it came. What follows a request that ends the connection is thrown away.
    private func parse(_ bytes: UnsafeRawBufferPointer) -> Int {
        isParsing = true
        defer { isParsing = false }
        var offset = 0
        while offset < bytes.count, mayParse {
            switch phase {
            case .head: offset = parseHead(bytes, offset)
            case .trailers: offset = parseTrailers(bytes, offset)
            case .body, .ending, .lingering: offset = parseBody(bytes, offset, to: bytes.count)
            }
        }
        return phase == .ending || phase == .lingering ? bytes.count : offset
    }

    private func parseHead(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int {
        if !scanner.hasBegun { phaseStart = loop.turnTime }
        let outcome = scanner.scan(bytes, from: offset, limit: server.configuration.headBytesMax)
        let end: Int
        switch outcome {
        case .incomplete: end = bytes.count
        case .end(let position): end = position
        case .malformed: return refused(400, bytes.count)
        case .tooLarge(let inFirstLine): return refused(inFirstLine ? 414 : 431, bytes.count)
        }
        let (next, event) = parser.execute(bytes, from: offset, to: end)
        switch event {
        case .more where outcome == .incomplete:
            return end
        case .head where outcome != .incomplete && next == end:
            beginRequest()
            // A request without a body is complete before any further byte.
            return phase == .body ? parseBody(bytes, end, to: end) : end
        case .failed(let failure):
            return refused(Self.status(for: failure), bytes.count)
        case .more, .head, .trailers, .message:
            return refused(400, bytes.count)
        }
    }

    private func parseTrailers(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int {
        switch scanner.scan(bytes, from: offset, limit: server.configuration.headBytesMax) {
        case .incomplete: return parseBody(bytes, offset, to: bytes.count)
        case .malformed: return refused(400, bytes.count)
        case .tooLarge: return refused(431, bytes.count)
        case .end(let end):
            let next = parseBody(bytes, offset, to: end)
            // The parser must see the end where we do.
            return phase == .trailers ? refused(400, bytes.count) : next
        }
    }

    private func parseBody(_ bytes: UnsafeRawBufferPointer, _ offset: Int, to end: Int) -> Int {
        let (next, event) = parser.execute(bytes, from: offset, to: end)
        switch event {
        case .more: return next
        case .trailers:
            phase = .trailers
            scanner = .trailers
            return next
        case .message:
            endRequest()
            return next
        case .failed(let failure): return refused(Self.status(for: failure), bytes.count)
        case .head: return refused(400, bytes.count)
        }
    }

    private static func status(for failure: MessageParser.Failure) -> HTTPStatus {
        switch failure {
        case .malformed: 400
        case .unsupportedVersion: 505
        case .unsupportedMethod: 501
        case .targetTooLong: 414
        case .headTooLarge: 431
        case .bodyTooLarge: 413
        }
    }

    // MARK: Requests

    private func beginRequest() {
        requestCount += 1
        let rules = RequestRules(parser: parser, peer: peer)
        switch rules.check(server.configuration) {
        case .refused(let status, let headers, let body):
            refuse(status, headers: headers, body: body)
        case .accepted(let head, let bodyBytesMax, let expectsContinue):
            parser.bodyBytesMax = bodyBytesMax
            if parser.hasContentLength { parser.reserveBody(Int(parser.contentLength)) }
            current = head
            phase = .body
            phaseStart = loop.turnTime
            let exchange = ServerExchange(
                connection: self, isHead: head.method == .head, minorVersion: head.minorVersion,
                keepsAlive: parser.keepsAlive)
            add(exchange)
            if expectsContinue { exchange.sendContinue() }
        }
    }

    private func endRequest() {
        guard let head = current, let exchange = exchanges.last else { return }
        current = nil
        let body = parser.takeBody()
        parser.reset()
        scanner.reset()
        phase = exchange.keepsAlive ? .head : .ending
        server.handler(HTTPRequest(head: head, body: body), HTTPResponder(exchange))
    }

    private func add(_ exchange: ServerExchange) {
        exchanges.append(exchange)
        if exchanges.count == 1 { exchange.becomeFirst() }
    }

    private func refused(_ status: HTTPStatus, _ end: Int) -> Int {
        refuse(status)
        return end
    }

    /// Answers what cannot be handed on, in its turn, and ends the connection.
    private func refuse(_ status: HTTPStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        let exchange: ServerExchange
        if current != nil, let last = exchanges.last {
            current = nil
            exchange = last
        } else {
            exchange = ServerExchange(
                connection: self, isHead: false, minorVersion: max(1, parser.minorVersion), keepsAlive: false)
            add(exchange)
        }
        exchange.closeAfterwards()
        phase = .ending
        exchange.respond(
            status: status, headers: headers.isEmpty ? server.configuration.headersOfRefusals : headers, body: body)
        updateDeadline()
    }

    // MARK: Answers

    var date: [UInt8] { shard.date.current }

    func send(_ bytes: [UInt8]) { stream.write(bytes) }

    func send(_ fill: (inout [UInt8]) -> Void) { stream.write(fill) }

    /// An answer is about to begin: the last one of a server that stops says so.
    func answering(_ exchange: ServerExchange) {
        if server.stopping, exchange === exchanges.last { exchange.closeAfterwards() }
    }

    func completed(_ exchange: ServerExchange) {
        guard exchanges.first === exchange else { return }
        while let first = exchanges.first, first.isComplete {
            exchanges.removeFirst()
            guard first.keepsAlive else { return linger() }
            exchanges.first?.becomeFirst()
        }
        if exchanges.isEmpty, hasPeerEnded || (server.stopping && phase == .head && !scanner.hasBegun) {
            return linger()
        }
        guard !isParsing else { return }
        if pending.isEmpty { updateDeadline() } else { continueReading() }
    }

    /// The last answer is written: send it, end our side, and let the peer close first, so that what it still sends does not
    /// destroy the answer on its way.
    private func linger() {
        phase = .lingering
        let dropped = exchanges
        exchanges = []
        for exchange in dropped { exchange.detach() }
        pending = []
        stream.endAfterDrain()
        if !hasPeerEnded { stream.startReading() }
        updateDeadline()
    }

    func streamStalled() {
        stalledBytes = stream.unsentBytes
        updateDeadline()
    }

    func streamDrained() {
        stalledBytes = nil
        if phase == .lingering, hasPeerEnded { return close() }
        updateDeadline()
    }

    // MARK: Deadlines

    private func updateDeadline() {
        guard let deadline else { return }
        let limits = server.configuration
        if stalledBytes != nil { return deadline.set(after: limits.writeTimeout.millisecondsRoundedUp) }
        let isReading = !server.readingPaused && pending.isEmpty
        switch phase {
        case .head where !isReading:
            deadline.clear()
        case .head where scanner.hasBegun || requestCount == 0:
            deadline.set(at: phaseStart &+ limits.headTimeout.millisecondsRoundedUp)
        case .head where exchanges.isEmpty:
            deadline.set(after: limits.idleTimeout.millisecondsRoundedUp)
        case .body where isReading, .trailers where isReading:
            let earned = UInt64(parser.body.count) &* 1_000 / UInt64(max(1, limits.bodyBytesPerSecondMin))
            deadline.set(at: phaseStart &+ limits.bodyTimeout.millisecondsRoundedUp &+ earned)
        case .lingering:
            deadline.set(after: limits.lingerTimeout.millisecondsRoundedUp)
        case .head, .body, .trailers, .ending:
            deadline.clear()
        }
    }

    private func deadlinePassed() {
        if let stalled = stalledBytes {
            guard stream.unsentBytes < stalled else { return close() }
            stalledBytes = stream.unsentBytes
            return updateDeadline()
        }
        switch phase {
        case .head where scanner.hasBegun, .body, .trailers: refuse(408)
        case .head, .lingering: close()
        case .ending: break
        }
    }
}
