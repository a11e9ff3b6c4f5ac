import Synchronization

/// One request of a connection and its answer: it waits for its turn, then writes straight to the stream.
///
/// `@unchecked Sendable`: everything but `isPeerGone` is touched on the loop's thread only.
final class ServerExchange: @unchecked Sendable {
    private enum Phase {
        /// Waiting for the answer.
        case waiting
        /// The head is out and bytes follow.
        case streaming
        case complete
    }

    private static let framingFields = ["Content-Length", "Transfer-Encoding", "Connection", "Date"]

    let loop: EventLoop
    let isPeerGone = Atomic<Bool>(false)
    /// The connection, until the answer is complete or the connection closed.
    private var connection: ServerConnection?
    private let isHead: Bool
    private let minorVersion: Int
    private var phase = Phase.waiting
    /// Whether the connection goes on after this answer.
    private(set) var keepsAlive: Bool
    /// What was answered before it was this request's turn.
    private var early: [UInt8] = []
    private var isFirst = false
    private var goneActions: [@Sendable () -> Void] = []
    private var isChunked = false
    private var drops = false

    init(connection: ServerConnection, isHead: Bool, minorVersion: Int, keepsAlive: Bool) {
        self.connection = connection
        loop = connection.loop
        self.isHead = isHead
        self.minorVersion = minorVersion
        self.keepsAlive = keepsAlive
    }

    var isComplete: Bool { phase == .complete }

    // MARK: The connection's side

    /// The answers before this one are out: what is here already follows.
    func becomeFirst() {
        guard !isFirst else { return }
        isFirst = true
        guard !early.isEmpty else { return }
        connection?.send(early)
        early = []
    }

    func closeAfterwards() { keepsAlive = false }

    /// Sends `100 Continue` in its turn, unless the answer began.
    func sendContinue() {
        guard phase == .waiting else { return }
        send { $0.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8) }
    }

    func peerGone() {
        guard !isPeerGone.exchange(true, ordering: .relaxed) else { return }
        let actions = goneActions
        goneActions = []
        for action in actions { action() }
    }

    /// The connection is closed: the answer, if any comes, goes nowhere.
    func detach() {
        connection = nil
        early = []
        phase = .complete
    }

    // MARK: The responder's side

    func onPeerGone(_ action: @escaping @Sendable () -> Void) {
        if isPeerGone.load(ordering: .relaxed) { return action() }
        if phase != .complete { goneActions.append(action) }
    }

    func respond(status: HTTPStatus, headers: HTTPHeaders, body: [UInt8]) {
        guard phase == .waiting, let connection else { return }
        guard headers.isWellFormed, 200...999 ~= status.code else {
            return respond(status: 500, headers: [:], body: [])
        }
        connection.answering(self)
        let date = connection.date
        send { output in
            let length = status.allowsBody ? body.count : nil
            encodeHead(status, headers, length: length, date: date, into: &output)
            if status.allowsBody, !isHead { output += body }
        }
        finish()
    }

    func start(status: HTTPStatus, headers: HTTPHeaders) {
        guard phase == .waiting, let connection else { return }
        guard headers.isWellFormed, 200...999 ~= status.code else {
            return respond(status: 500, headers: [:], body: [])
        }
        connection.answering(self)
        phase = .streaming
        drops = isHead || !status.allowsBody
        isChunked = minorVersion >= 1 && status.allowsBody
        // HTTP/1.0 has no chunks: the end of the answer is the end of the connection.
        if minorVersion == 0, status.allowsBody { keepsAlive = false }
        let date = connection.date
        send { encodeHead(status, headers, length: nil, date: date, into: &$0) }
    }

    func write(_ bytes: [UInt8]) {
        guard phase == .streaming, !drops, !bytes.isEmpty else { return }
        send { output in
            if isChunked {
                output.append(contentsOf: String(bytes.count, radix: 16).utf8)
                output += HTTPByte.lineEnd
            }
            output += bytes
            if isChunked { output += HTTPByte.lineEnd }
        }
    }

    func end() {
        guard phase == .streaming else { return }
        if isChunked, !drops { send { $0.append(contentsOf: "0\r\n\r\n".utf8) } }
        finish()
    }

    /// A started answer that nobody will complete: the peer must not take it for whole. Chunks without the last one say so;
    /// without chunks only a broken connection does.
    func cut() {
        guard phase == .streaming else { return }
        guard isChunked, !drops else {
            connection?.close()
            return
        }
        keepsAlive = false
        finish()
    }

    private func finish() {
        phase = .complete
        goneActions = []
        let connection = connection
        self.connection = nil
        if !early.isEmpty { self.connection = connection }
        connection?.completed(self)
    }

    private func send(_ fill: (inout [UInt8]) -> Void) {
        if isFirst { connection?.send(fill) } else { fill(&early) }
    }

    private func encodeHead(
        _ status: HTTPStatus, _ headers: HTTPHeaders, length: Int?, date: [UInt8], into output: inout [UInt8]
    ) {
        output.append(contentsOf: status.code == 200 ? "HTTP/1.1 200 OK\r\n".utf8 : "HTTP/1.1 \(status)\r\n".utf8)
        headers.encode(into: &output, without: Self.framingFields)
        output += date
        if let length {
            output.append(contentsOf: "Content-Length: ".utf8)
            ASCII.append(length, to: &output)
            output += HTTPByte.lineEnd
        } else if isChunked {
            output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
        }
        if !keepsAlive {
            output.append(contentsOf: "Connection: close\r\n".utf8)
        } else if minorVersion == 0 {
            output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        }
        output += HTTPByte.lineEnd
    }
}

/// Numbers as text, without a String.
enum ASCII {
    static func append(_ number: Int, to output: inout [UInt8]) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            output.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
