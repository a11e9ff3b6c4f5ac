/// The plain connections to one origin and the requests that wait for one. Used on its loop's thread only.
final class PlainOrigin {
    let origin: HTTPURL.Origin
    private let client: HTTPClient
    private let resolver: NameResolver
    /// Connections without a request; the last used first, so that the others can time out.
    private var idle: [PlainConnection] = []
    private var connections: [ObjectIdentifier: PlainConnection] = [:]
    private var connectors: [ObjectIdentifier: (Connector, HTTPCall)] = [:]
    private var waiting: [HTTPCall] = []
    private var waitingStart = 0
    private var waitingDeadline: DeadlineTimer?
    private var earliest = UInt64.max
    private var isProceeding = false

    init(client: HTTPClient, origin: HTTPURL.Origin) {
        self.client = client
        self.origin = origin
        resolver = NameResolver(loop: client.loop, host: origin.host, port: origin.port)
    }

    var loop: EventLoop { client.loop }
    var configuration: HTTPClientConfiguration { client.configuration }

    func start(_ call: HTTPCall) {
        if let connection = idle.popLast() { return connection.send(call) }
        if connections.count + connectors.count < client.configuration.connectionsPerOriginMax {
            return connect(for: call)
        }
        wait(call)
    }

    // MARK: Connecting

    /// Sends a request over a connection of its own.
    func connect(for call: HTTPCall) {
        let connector = Connector(loop: loop, resolver: resolver, policy: client.configuration.addressPolicy)
        let key = ObjectIdentifier(connector)
        connectors[key] = (connector, call)
        call.abandon = { [weak self] in
            connector.cancel()
            self?.connectors[key] = nil
            self?.proceed()
        }
        let limit = loop.turnTime &+ call.request.connectTimeout.millisecondsRoundedUp
        connector.start(until: min(limit, call.deadline)) { [self] outcome in
            connectors[key] = nil
            call.abandon = nil
            connected(call, outcome, isTotal: call.deadline <= limit)
        }
    }

    private func connected(_ call: HTTPCall, _ outcome: Connector.Outcome, isTotal: Bool) {
        switch outcome {
        case .success(let stream):
            let connection = PlainConnection(origin: self, stream: stream)
            connections[ObjectIdentifier(connection)] = connection
            client.connectionOpened()
            connection.send(call)
        case .failure(.connectTimeout) where isTotal:
            call.fail(.timeout)
            proceed()
        case .failure(let error):
            // A second attempt that finds nobody tells less than the first, which reached somebody.
            call.fail(call.firstFailure ?? error)
            proceed()
        }
    }

    // MARK: Waiting

    private func wait(_ call: HTTPCall) {
        waiting.append(call)
        guard call.deadline < earliest else { return }
        earliest = call.deadline
        let timer = waitingDeadline ?? DeadlineTimer(loop: loop) { [weak self] in self?.expireWaiting() }
        waitingDeadline = timer
        timer.set(at: earliest)
    }

    private func nextWaiting() -> HTTPCall? {
        while waitingStart < waiting.count {
            let call = waiting[waitingStart]
            waitingStart += 1
            // Under lasting load the queue never runs empty: what was taken must not pile up.
            if waitingStart >= 1_024, waitingStart * 2 >= waiting.count {
                waiting.removeFirst(waitingStart)
                waitingStart = 0
            }
            if !call.isFinished { return call }
        }
        waiting.removeAll(keepingCapacity: true)
        waitingStart = 0
        earliest = .max
        waitingDeadline?.clear()
        return nil
    }

    private func expireWaiting() {
        let now = loop.now
        let calls = waiting[waitingStart...].filter { !$0.isFinished }
        waiting = calls.filter { $0.deadline > now }
        waitingStart = 0
        earliest = waiting.map(\.deadline).min() ?? .max
        if earliest < .max { waitingDeadline?.set(at: earliest) }
        for call in calls where call.deadline <= now { call.fail(.timeout) }
    }

    /// There may be room for a request that waits; or nothing is left at all.
    private func proceed() {
        // Connecting may fail at once and call here again; the loop of the first call goes on then.
        guard !isProceeding else { return }
        isProceeding = true
        defer { isProceeding = false }
        while connections.count + connectors.count < client.configuration.connectionsPerOriginMax,
            let call = nextWaiting()
        {
            connect(for: call)
        }
        guard connections.isEmpty, connectors.isEmpty, waiting.isEmpty else { return }
        waitingDeadline?.close()
        waitingDeadline = nil
        client.remove(self)
    }

    // MARK: The connections' side

    /// A connection is free: the next request that waits gets it.
    func release(_ connection: PlainConnection) {
        if let call = nextWaiting() { connection.send(call) } else { idle.append(connection) }
    }

    /// A connection is of no more use: it is being closed.
    func closing(_ connection: PlainConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        idle.removeAll { $0 === connection }
        client.connectionClosed()
        proceed()
    }

    func close() {
        let calls = waiting[waitingStart...]
        waiting = []
        waitingStart = 0
        for call in calls { call.fail(.cancelled) }
        for (_, call) in Array(connectors.values) { call.fail(.cancelled) }
        for connection in Array(connections.values) { connection.cancel() }
    }
}
