import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An HTTP/1.1 server: whole requests in, answers out in the order of the requests.
///
/// The handler runs on a loop's thread and must not block; it answers through the ``HTTPResponder``, there and then or later
/// from any thread. What is not valid HTTP never reaches it.
///
/// `@unchecked Sendable`: `shared` is synchronised; listeners are touched on the first loop's thread, and the connections of
/// a shard on that shard's.
package final class HTTPServer: @unchecked Sendable {
    package typealias Handler = @Sendable (HTTPRequest, HTTPResponder) -> Void

    private struct Shared {
        var isStopped = false
        var isPaused = false
        var next = 0
        var addresses: [SocketAddress] = []
        var whenStopped: [@Sendable () -> Void] = []
    }

    /// The connections of one loop. `@unchecked Sendable`: what changes is touched on the loop's thread only.
    final class Shard: @unchecked Sendable {
        let loop: EventLoop
        let date = DateLine()
        var connections: [ObjectIdentifier: ServerConnection] = [:]
        init(loop: EventLoop) { self.loop = loop }
    }

    let configuration: HTTPServerConfiguration
    let handler: Handler
    private let shards: [Shard]
    private let shared = Mutex(Shared())
    private let connections = Atomic<Int>(0)
    private let isReadingPaused = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    private var listeners: [Listener] = []

    /// A server on one loop or several; new connections are dealt out to them in turn. The loops stay the caller's to stop.
    package init(
        loops: [EventLoop], configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        handler: @escaping Handler
    ) {
        precondition(!loops.isEmpty, "an HTTP server needs a loop")
        shards = loops.map(Shard.init)
        self.configuration = configuration
        self.handler = handler
    }

    // MARK: Listening

    /// Listens on an address of this machine; may be called for several. Port 0 takes a free one.
    /// - Returns: The address with its real port.
    @discardableResult
    package func bind(host: String, port: UInt16) throws(HTTPServerError) -> SocketAddress {
        let (descriptor, address) = try Listener.open(host: host, port: port)
        let mayListen = shared.withLock { shared in
            if !shared.isStopped { shared.addresses.append(address) }
            return !shared.isStopped
        }
        guard mayListen, shards[0].loop.post({ self.listen(descriptor) }) else {
            _ = platformClose(descriptor)
            throw .stopped
        }
        return address
    }

    /// The addresses that the server listens on.
    package var addresses: [SocketAddress] { shared.withLock { $0.addresses } }

    /// Connections that are open now.
    package var connectionCount: Int { connections.load(ordering: .relaxed) }

    private func listen(_ descriptor: Int32) {
        guard !stopping else {
            _ = platformClose(descriptor)
            return
        }
        let listener = Listener(loop: shards[0].loop, descriptor: descriptor) { [weak self] socket in
            guard let self else {
                _ = platformClose(socket)
                return
            }
            accepted(socket)
        }
        listeners.append(listener)
        balance()
    }

    private func accepted(_ socket: Int32) {
        let count = connections.add(1, ordering: .relaxed).newValue
        if count >= configuration.connectionsMax { balance() }
        let shard = shared.withLock { shared in
            shared.next += 1
            return shards[shared.next % shards.count]
        }
        let isTaken = shard.loop.run { self.open(socket, on: shard) }
        guard !isTaken else { return }
        _ = platformClose(socket)
        connections.subtract(1, ordering: .relaxed)
    }

    private func open(_ socket: Int32, on shard: Shard) {
        guard !stopping, let connection = ServerConnection(server: self, shard: shard, socket: socket) else {
            _ = platformClose(socket)
            return connectionEnded()
        }
        shard.connections[ObjectIdentifier(connection)] = connection
        connection.start()
    }

    /// Called on the connection's loop when its socket is closed and its memory is free.
    func closed(_ connection: ServerConnection) {
        connection.shard.connections[ObjectIdentifier(connection)] = nil
        connectionEnded()
    }

    private func connectionEnded() {
        let left = connections.subtract(1, ordering: .relaxed).newValue
        if left == configuration.connectionsMax - 1 { shards[0].loop.run { self.balance() } }
        if left == 0, stopping { finishStop() }
    }

    /// Accepts while there is room and nobody asked for a pause.
    private func balance() {
        let mayAccept =
            !readingPaused && connections.load(ordering: .relaxed) < configuration.connectionsMax
        for listener in listeners { mayAccept ? listener.resume() : listener.pause() }
    }

    // MARK: Back-pressure

    var readingPaused: Bool { isReadingPaused.load(ordering: .acquiring) }

    /// Stops reading requests and accepting connections until ``resumeReading()``. Nothing is dropped: what peers send waits
    /// in the kernel, and no deadline for reading passes meanwhile. From any thread.
    package func pauseReading() { setReading(paused: true) }

    /// Ends what ``pauseReading()`` began. From any thread.
    package func resumeReading() { setReading(paused: false) }

    private func setReading(paused: Bool) {
        guard isReadingPaused.exchange(paused, ordering: .acquiringAndReleasing) != paused else { return }
        for shard in shards {
            shard.loop.run {
                for connection in Array(shard.connections.values) { connection.readingChanged() }
                shard.loop.flushDirty()
            }
        }
        shards[0].loop.run { self.balance() }
    }

    // MARK: Stop

    var stopping: Bool { isStopping.load(ordering: .acquiring) }

    /// Stops listening, closes idle connections, and gives requests in flight the time `grace` to be answered; what is left
    /// then is closed. `completion` is called when no connection is left, on any thread. From any thread, more than once if
    /// need be.
    package func stop(within grace: Duration = .zero, completion: @escaping @Sendable () -> Void = {}) {
        shared.withLock { shared in
            shared.isStopped = true
            shared.whenStopped.append(completion)
        }
        isStopping.store(true, ordering: .sequentiallyConsistent)
        let first = shards[0].loop
        // The listeners go first; what they accepted before is posted to its loop before what follows here.
        let isAlive = first.run {
            for listener in self.listeners { listener.close() }
            self.listeners = []
            for shard in self.shards { shard.loop.run { self.stop(shard, within: grace) } }
            if self.connectionCount == 0 { self.finishStop() }
        }
        if !isAlive { finishStop() }
    }

    /// Stops and waits until no connection is left.
    package func stop(within grace: Duration = .zero) async {
        await withCheckedContinuation { continuation in stop(within: grace) { continuation.resume() } }
    }

    private func stop(_ shard: Shard, within grace: Duration) {
        for connection in Array(shard.connections.values) { connection.stopSoon() }
        shard.loop.schedule(after: grace) {
            for connection in Array(shard.connections.values) { connection.close() }
        }
        shard.loop.flushDirty()
    }

    private func finishStop() {
        let waiting = shared.withLock { shared in
            defer { shared.whenStopped = [] }
            return shared.whenStopped
        }
        for completion in waiting { completion() }
    }
}
