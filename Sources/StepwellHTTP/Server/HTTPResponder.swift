import Synchronization

/// Answers one request, once, from any thread.
///
/// Either ``respond(status:headers:body:)`` or ``start(status:headers:)``, ``write(_:)`` …, ``end()``. The first answer counts;
/// later ones are ignored, so that a deadline of the caller's may race its work. A responder that is dropped without an
/// answer answers 500; a stream that is dropped without its end closes the connection, so that the peer sees the cut.
package final class HTTPResponder: Sendable {
    private enum State: UInt8, AtomicRepresentable {
        case waiting, streaming, done
    }

    private let exchange: ServerExchange
    private let state = Atomic<State>(.waiting)
    /// Parts of a streamed answer that other threads have posted and the loop has not taken up.
    private let posted = Atomic<Int>(0)

    init(_ exchange: ServerExchange) { self.exchange = exchange }

    deinit {
        switch state.load(ordering: .acquiring) {
        case .waiting: Self.finish(exchange, status: 500, headers: [:], body: [])
        // Always behind what was posted before.
        case .streaming: exchange.loop.post { [exchange] in exchange.cut() }
        case .done: break
        }
    }

    /// The loop that the request arrived on.
    package var loop: EventLoop { exchange.loop }

    /// Whether the peer has ended its side or the connection broke. An answer may still be given; nobody may read it.
    package var isPeerGone: Bool { exchange.isPeerGone.load(ordering: .relaxed) }

    /// Calls `action` on the loop's thread when the peer goes away before the answer is complete, at once if it did already.
    package func onPeerGone(_ action: @escaping @Sendable () -> Void) {
        exchange.loop.run { [exchange] in exchange.onPeerGone(action) }
    }

    /// Answers in whole. `Content-Length`, `Connection` and `Date` are the server's to write.
    package func respond(status: HTTPStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        guard advance(from: .waiting, to: .done) else { return }
        Self.finish(exchange, status: status, headers: headers, body: body)
    }

    private static func finish(_ exchange: ServerExchange, status: HTTPStatus, headers: HTTPHeaders, body: [UInt8]) {
        if exchange.loop.isInLoop { return exchange.respond(status: status, headers: headers, body: body) }
        exchange.loop.post { exchange.respond(status: status, headers: headers, body: body) }
    }

    /// Begins an answer whose length is not known: chunks, or for HTTP/1.0 all bytes up to the close.
    package func start(status: HTTPStatus, headers: HTTPHeaders = [:]) {
        guard advance(from: .waiting, to: .streaming) else { return }
        inOrder { $0.start(status: status, headers: headers) }
    }

    /// Sends the next bytes of a started answer.
    package func write(_ bytes: [UInt8]) {
        guard state.load(ordering: .acquiring) == .streaming else { return }
        inOrder { $0.write(bytes) }
    }

    /// Completes a started answer.
    package func end() {
        guard advance(from: .streaming, to: .done) else { return }
        inOrder { $0.end() }
    }

    /// A part that comes on the loop's own thread must not overtake those that other threads have posted before.
    private func inOrder(_ part: @escaping @Sendable (ServerExchange) -> Void) {
        if exchange.loop.isInLoop, posted.load(ordering: .acquiring) == 0 { return part(exchange) }
        posted.add(1, ordering: .acquiringAndReleasing)
        exchange.loop.post {
            part(self.exchange)
            self.posted.subtract(1, ordering: .acquiringAndReleasing)
        }
    }

    private func advance(from old: State, to new: State) -> Bool {
        state.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
    }
}
