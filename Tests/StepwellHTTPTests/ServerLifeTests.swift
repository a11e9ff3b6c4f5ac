import Testing

@testable import StepwellHTTP

/// Listening, stopping, and what becomes of connections.
struct ServerLifeTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    // MARK: Listening

    @Test func `a port in use, one without permission and a foreign address are told apart`() throws {
        let first = try TestServer()
        let loop = try EventLoop()
        defer { loop.stop() }
        let server = HTTPServer(loops: [loop], handler: TestServer.echo)
        #expect(throws: HTTPServerError.portInUse(host: "127.0.0.1", port: first.port)) {
            try server.bind(host: "127.0.0.1", port: first.port)
        }
        #expect(throws: HTTPServerError.addressNotAvailable(host: "192.0.2.1")) {
            try server.bind(host: "192.0.2.1", port: 0)
        }
        #expect(throws: HTTPServerError.unknownHost("nowhere.invalid")) {
            try server.bind(host: "nowhere.invalid", port: 0)
        }
    }

    @Test func `one server listens on several addresses`() async throws {
        let loop = try EventLoop()
        defer { loop.stop() }
        let server = HTTPServer(loops: [loop], handler: TestServer.echo)
        let four = try server.bind(host: "127.0.0.1", port: 0)
        let six = try server.bind(host: "::1", port: 0)
        let named = try server.bind(host: "localhost", port: 0)
        #expect(server.addresses == [four, six, named])
        let client = try TestClient()
        for address in [four, six, named] {
            #expect(address.port != 0)
            let request = HTTPClientRequest(method: .get, url: try HTTPURL("http://\(address)/"))
            #expect(try await client.client.response(to: request).status == 200)
        }
    }

    @Test func `connections are dealt out to all loops`() async throws {
        let loops = [try EventLoop(), try EventLoop(), try EventLoop()]
        defer { for loop in loops { loop.stop() } }
        let server = HTTPServer(loops: loops) { _, responder in
            let index = loops.firstIndex { $0.isInLoop } ?? -1
            responder.respond(status: 200, body: .init(text: "<\(index)>"))
        }
        let port = try server.bind(host: "127.0.0.1", port: 0).port
        var seen: Set<String> = []
        for _ in 0..<6 {
            let socket = try RawSocket(port: port)
            socket.send(Self.get)
            seen.insert(String(socket.read(until: ">").suffix(3)))
        }
        #expect(seen == ["<0>", "<1>", "<2>"])
    }

    // MARK: Peers that go

    @Test func `connections leave nothing behind, however they end`() throws {
        let server = try TestServer(
            configure: { $0.lingerTimeout = .milliseconds(50) },
            handler: { request, responder in
                if request.path == "/late" {
                    responder.loop.schedule(after: .milliseconds(5)) { responder.respond(status: 200) }
                } else {
                    responder.respond(status: 200, body: request.body)
                }
            })
        let ends: [(RawSocket) -> Void] = [
            { _ in }, { $0.send("GET / HT") }, { $0.send(Self.get) },
            { $0.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n") },
            { $0.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello") },
            { $0.send("bad\r\n\r\n") },
            {
                $0.send(Self.get)
                $0.endSending()
                _ = $0.readToEnd()
            },
        ]
        for index in 0..<700 { ends[index % ends.count](try RawSocket(port: server.port)) }
        try server.waitForConnections(0)
    }

    @Test func `a closed connection is freed, and its handler's work with it`() throws {
        let live = Counter()
        let server = try TestServer(handler: { _, responder in
            let token = Token(live)
            responder.loop.schedule(after: .milliseconds(1)) {
                withExtendedLifetime(token) { responder.respond(status: 200) }
            }
        })
        for _ in 0..<100 {
            let socket = try RawSocket(port: server.port)
            socket.send(Self.get)
        }
        try server.waitForConnections(0)
        server.loop.stop()
        #expect(live.value == 0)
    }

    /// Counts one up while it lives.
    private final class Token: Sendable {
        private let counter: Counter

        init(_ counter: Counter) {
            self.counter = counter
            counter.add(1)
        }

        deinit { counter.add(-1) }
    }

    @Test(arguments: [false, true]) func `a handler is told that its peer went away`(isAsked: Bool) async throws {
        let waiting = Waiting()
        let server = try TestServer(handler: { _, responder in waiting.add(responder) })
        var socket: RawSocket? = try RawSocket(port: server.port)
        socket?.send(Self.get)
        let responder = try waiting.next()
        #expect(!responder.isPeerGone)
        if isAsked {
            await withCheckedContinuation { continuation in
                responder.onPeerGone { continuation.resume() }
                socket = nil
            }
            await withCheckedContinuation { continuation in responder.onPeerGone { continuation.resume() } }
        } else {
            socket = nil
            let end = ContinuousClock.now + .seconds(20)
            while !responder.isPeerGone, ContinuousClock.now < end {}
        }
        #expect(responder.isPeerGone)
        responder.respond(status: 200)
        try server.waitForConnections(0)
    }

    @Test func `a peer that only ends its side still gets its answer`() throws {
        let server = try TestServer(handler: { _, responder in
            responder.onPeerGone { responder.respond(status: 200, body: .init(text: "late")) }
        })
        let socket = try RawSocket(port: server.port)
        socket.send(Self.get)
        socket.endSending()
        #expect(socket.readToEnd()?.hasSuffix("late") == true)
    }

    // MARK: Stop

    @Test func `a stop closes idle connections and lets the others be answered`() async throws {
        let waiting = Waiting()
        let server = try TestServer(handler: { _, responder in waiting.add(responder) })
        let idle = try RawSocket(port: server.port)
        let busy = try RawSocket(port: server.port)
        busy.send(Self.get)
        let responder = try waiting.next()
        try server.waitForConnections(2)
        let stops = Counter()
        server.server.stop(within: .seconds(20)) { stops.add(1) }
        #expect(idle.readToEnd() == "")
        #expect(stops.value == 0)
        #expect(throws: HTTPServerError.stopped) { try server.server.bind(host: "127.0.0.1", port: 0) }
        responder.respond(status: 200, body: .init(text: "done"))
        let answer = busy.readToEnd()
        #expect(answer?.contains("Connection: close\r\n") == true)
        #expect(answer?.hasSuffix("done") == true)
        await server.server.stop()
        #expect(stops.value == 1)
        #expect(throws: RawSocket.NotConnected.self) { try RawSocket(port: server.port) }
    }

    @Test func `a stop without time closes what is in flight`() async throws {
        let waiting = Waiting()
        let server = try TestServer(handler: { _, responder in waiting.add(responder) })
        let busy = try RawSocket(port: server.port)
        busy.send(Self.get)
        let responder = try waiting.next()
        await server.server.stop()
        #expect(server.server.connectionCount == 0)
        #expect(responder.isPeerGone)
        responder.respond(status: 200)
        #expect(busy.readToEnd() == "")
    }

    @Test func `stopping the loop under a server frees its connections`() throws {
        let waiting = Waiting()
        let server = try TestServer(handler: { _, responder in waiting.add(responder) })
        let sockets = try (0..<20).map { _ in try RawSocket(port: server.port) }
        for socket in sockets { socket.send(Self.get) }
        for _ in sockets { _ = try waiting.next().respond(status: 200) }
        server.loop.stop()
        #expect(server.server.connectionCount == 0)
    }
}

extension Waiting {
    /// The next responder, as soon as there is one.
    func next() throws -> HTTPResponder {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end { if let responder = takeFirst() { return responder } }
        throw NeverHappened(what: "a request")
    }
}
