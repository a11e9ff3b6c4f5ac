import Synchronization
import Testing

@testable import StepwellHTTP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a client connects, keeps connections, and gives up.
struct ClientConnectionTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private func error(of request: HTTPClientRequest, _ client: TestClient) async -> HTTPClientError? {
        do {
            let response = try await client.client.response(to: request)
            Issue.record("answered with \(response.status)")
            return nil
        } catch {
            return error
        }
    }

    // MARK: Connecting

    @Test func `a port where nobody listens refuses`() async throws {
        let server = try ScriptedServer(answer: Self.ok)
        server.stopListening()
        let client = try TestClient()
        let request = try server.request()
        #expect(await error(of: request, client) == .connectionRefused("127.0.0.1:\(server.port)"))
        #expect(client.client.connectionCount == 0)
    }

    @Test func `a name without an address is not found`() async throws {
        let client = try TestClient()
        let request = HTTPClientRequest(method: .get, url: try HTTPURL("http://nowhere.invalid/"))
        #expect(await error(of: request, client) == .nameNotFound("nowhere.invalid"))
    }

    @Test func `all addresses of a name are tried`() async throws {
        // localhost is ::1 first, where nobody listens on this port.
        let server = try TestServer()
        let client = try TestClient()
        let request = HTTPClientRequest(method: .get, url: try HTTPURL("http://localhost:\(server.port)/"))
        #expect(try await client.client.response(to: request).status == 200)
    }

    @Test func `no connection in time is a connect timeout, or a timeout when that comes first`() async throws {
        // A queue of one that is full: the kernel drops further connections silently.
        let server = try ScriptedServer(backlog: 0) { _, _ in }
        let filling = (0..<8).map { _ in FillingSocket(port: server.port) }
        let client = try TestClient()
        var request = try server.request()
        request.connectTimeout = .milliseconds(100)
        #expect(await error(of: request, client) == .connectTimeout)
        request.connectTimeout = .seconds(10)
        request.timeout = .milliseconds(100)
        #expect(await error(of: request, client) == .timeout)
        withExtendedLifetime(filling) {}
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
    func `an address that the policy refuses is not connected to`(host: String) async throws {
        let asked = Mutex<Set<String>>([])
        let note = { @Sendable (address: SocketAddress) in _ = asked.withLock { $0.insert(address.host) } }
        let server = try TestServer()
        let client = try TestClient {
            $0.addressPolicy = { address in
                note(address)
                return !address.isLoopback
            }
        }
        let request = HTTPClientRequest(method: .get, url: try HTTPURL("http://\(host):\(server.port)/"))
        guard case .addressRefused = await error(of: request, client) else {
            Issue.record("not refused")
            return
        }
        #expect(server.server.connectionCount == 0)
        #expect(asked.withLock { !$0.isEmpty })
    }

    @Test func `a vanished peer is noticed within 30 seconds`() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        SocketOptions.probePeer(descriptor, idleSeconds: 10, intervalSeconds: 5, count: 3)
        let value = { (option: Int32) in
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, Int32(IPPROTO_TCP), option, &value, &length)
            return value
        }
        #expect(value(TCP_KEEPIDLE) + value(TCP_KEEPINTVL) * value(TCP_KEEPCNT) == 25)
        #expect(value(TCP_USER_TIMEOUT) == 25_000)
    }

    // MARK: Keeping

    @Test func `requests beyond the bound of connections wait and are answered`() async throws {
        let server = try TestServer()
        let client = try TestClient { $0.connectionsPerOriginMax = 3 }
        let url = try server.url()
        let bodies = await withTaskGroup(of: String?.self, returning: Set<String>.self) { group in
            for index in 0..<200 {
                group.addTask {
                    let request = HTTPClientRequest(method: .post, url: url, body: .init(text: "\(index)"))
                    return try? await client.client.response(to: request).body.text
                }
            }
            return await group.reduce(into: []) { if let body = $1 { $0.insert(body) } }
        }
        #expect(bodies == Set((0..<200).map(String.init)))
        #expect(server.server.connectionCount <= 3)
    }

    @Test func `a connection that the server closes is not used again`() async throws {
        let server = try ScriptedServer { socket, _ in
            _ = socket.read(until: "\r\n\r\n")
            socket.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
        }
        let client = try TestClient()
        for _ in 0..<5 {
            #expect(try await client.client.response(to: server.request()).body.text == "ok")
        }
        #expect(server.connectionCount == 5)
        #expect(client.client.connectionCount == 0)
    }

    @Test func `an idle connection is closed in time`() async throws {
        let server = try TestServer()
        let client = try TestClient { $0.idleTimeout = .milliseconds(50) }
        let request = HTTPClientRequest(method: .get, url: try server.url())
        _ = try await client.client.response(to: request)
        try server.waitForConnections(0)
        #expect(try await client.client.response(to: request).status == 200)
    }

    @Test func `bytes that nobody asked for end the connection`() async throws {
        let server = try ScriptedServer { socket, index in
            _ = socket.read(until: "\r\n\r\n")
            socket.send(Self.ok + (index == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" : ""))
            _ = socket.read(until: "\r\n\r\n")
            socket.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore")
        }
        let client = try TestClient()
        #expect(try await client.client.response(to: server.request()).body.text == "ok")
        #expect(try await client.client.response(to: server.request()).body.text == "ok")
        #expect(server.connectionCount == 2)
    }

    /// Answers the first request and closes at the second, unless it comes over a connection of its own.
    private static func staleServer(delay: Duration = .zero) throws -> ScriptedServer {
        try ScriptedServer { socket, _ in
            _ = socket.read(until: "\r\n\r\n")
            socket.send(Self.ok)
            _ = socket.read(until: "\r\n\r\n")
            _ = socket.isReadable(within: delay)
        }
    }

    @Test func `a kept connection that breaks at once is replaced, once`() async throws {
        let server = try Self.staleServer()
        let client = try TestClient {
            $0.staleConnectionWindow = .seconds(20)
            $0.idleTimeout = .seconds(600)
        }
        for _ in 0..<3 {
            #expect(try await client.client.response(to: server.request(method: .post)).body.text == "ok")
        }
        #expect(server.connectionCount == 3)
    }

    @Test func `a kept connection that breaks later is not: the request may have been worked on`() async throws {
        let server = try Self.staleServer(delay: .milliseconds(300))
        let client = try TestClient {
            $0.staleConnectionWindow = .milliseconds(50)
            $0.idleTimeout = .seconds(600)
        }
        _ = try await client.client.response(to: server.request())
        #expect(await error(of: try server.request(), client) == .connectionClosed(answerBegan: false))
        #expect(server.connectionCount == 1)
    }

    @Test func `a new connection that breaks is not replaced`() async throws {
        let server = try ScriptedServer { socket, _ in _ = socket.read(until: "\r\n\r\n") }
        let client = try TestClient()
        #expect(await error(of: try server.request(), client) == .connectionClosed(answerBegan: false))
        #expect(server.connectionCount == 1)
    }

    @Test func `a second attempt that finds nobody reports what the first found`() async throws {
        let servers = Mutex<ScriptedServer?>(nil)
        let stop = { @Sendable in servers.withLock { $0 }?.stopListening() }
        let server = try ScriptedServer { socket, _ in
            _ = socket.read(until: "\r\n\r\n")
            socket.send(Self.ok)
            _ = socket.read(until: "\r\n\r\n")
            stop()
        }
        servers.withLock { $0 = server }
        let client = try TestClient {
            $0.staleConnectionWindow = .seconds(20)
            $0.idleTimeout = .seconds(600)
        }
        _ = try await client.client.response(to: server.request())
        #expect(await error(of: try server.request(), client) == .connectionClosed(answerBegan: false))
    }

    @Test func `an answer that comes before the request is sent is taken`() async throws {
        let server = try ScriptedServer { socket, _ in
            socket.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
            socket.endSending()
            _ = socket.readToEnd()
        }
        let client = try TestClient()
        let request = try server.request(method: .post, body: [UInt8](repeating: 0, count: 32 << 20))
        #expect(try await client.client.response(to: request).status == 413)
    }

    // MARK: Giving up

    @Test func `an answer that does not come in time is a timeout`() async throws {
        let server = try ScriptedServer { socket, _ in _ = socket.readToEnd() }
        let client = try TestClient()
        var request = try server.request()
        request.timeout = .milliseconds(100)
        #expect(await error(of: request, client) == .timeout)
    }

    @Test func `a body that drips is bounded by the total time alone`() async throws {
        let server = try ScriptedServer { socket, _ in
            _ = socket.read(until: "\r\n\r\n")
            socket.send("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
            while socket.send("1\r\n \r\n") { if socket.isReadable(within: .milliseconds(20)) { return } }
        }
        let client = try TestClient()
        var request = try server.request()
        request.timeout = .milliseconds(500)
        let begin = ContinuousClock.now
        #expect(await error(of: request, client) == .timeout)
        #expect(ContinuousClock.now - begin >= .milliseconds(500))
    }

    @Test func `a request that waits for a connection times out, too`() async throws {
        let server = try ScriptedServer { socket, _ in _ = socket.readToEnd() }
        let client = try TestClient { $0.connectionsPerOriginMax = 1 }
        let first = client.client.send(try server.request()) { _ in }
        var request = try server.request()
        request.timeout = .milliseconds(100)
        #expect(await error(of: request, client) == .timeout)
        first.cancel()
    }

    @Test func `a cancelled request ends and its connection with it`() async throws {
        let server = try ScriptedServer { socket, _ in _ = socket.readToEnd() }
        let client = try TestClient()
        let request = try server.request()
        let result = await withCheckedContinuation { continuation in
            let call = client.client.send(request) { continuation.resume(returning: $0) }
            call.cancel()
            call.cancel()
        }
        #expect(throws: HTTPClientError.cancelled) { try result.get() }
        let task = Task { try await client.client.response(to: request) }
        task.cancel()
        await #expect(throws: HTTPClientError.cancelled) { try await task.value }
        #expect(client.client.connectionCount == 0)
    }

    @Test func `stopping the loop cancels what is in flight and what comes later`() async throws {
        let server = try ScriptedServer { socket, _ in _ = socket.readToEnd() }
        let client = try TestClient { $0.connectionsPerOriginMax = 2 }
        let request = try server.request()
        let results = await withTaskGroup(of: HTTPClientError?.self, returning: [HTTPClientError?].self) { group in
            for _ in 0..<6 { group.addTask { await error(of: request, client) } }
            group.addTask {
                client.loop.stop()
                return await error(of: request, client)
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [HTTPClientError?](repeating: .cancelled, count: 7))
    }

    @Test func `closing the client cancels its requests and leaves it usable`() async throws {
        let server = try TestServer()
        let silent = try ScriptedServer { socket, _ in _ = socket.readToEnd() }
        let client = try TestClient()
        let request = try silent.request()
        let failed = await withCheckedContinuation { continuation in
            client.client.send(request) { continuation.resume(returning: $0) }
            client.client.close()
        }
        #expect(throws: HTTPClientError.cancelled) { try failed.get() }
        let response = try await client.client.response(to: HTTPClientRequest(method: .get, url: try server.url()))
        #expect(response.status == 200)
    }

    @Test func `a request that would break the protocol is not sent`() async throws {
        let server = try TestServer()
        let client = try TestClient()
        let request = HTTPClientRequest(method: .get, url: try server.url(), headers: ["A": "b\r\nEvil: c"])
        guard case .invalidRequest = await error(of: request, client) else {
            Issue.record("sent")
            return
        }
    }

    // MARK: Load

    @Test func `ten thousand requests in flight are all answered`() async throws {
        let waiting = Waiting()
        let server = try TestServer(handler: { _, responder in
            waiting.add(responder)
            // Nobody gets an answer before the server holds as many requests as there are connections.
            guard waiting.most == 2_000 else { return }
            while let next = waiting.takeFirst() { next.respond(status: 200, body: .init(text: "ok")) }
        })
        let client = try TestClient { $0.connectionsPerOriginMax = 2_000 }
        var request = HTTPClientRequest(method: .post, url: try server.url(), body: .init(text: "hello"))
        request.timeout = .seconds(60)
        let sent = request
        let answered = Atomic<Int>(0)
        let failed = Atomic<Int>(0)
        await withCheckedContinuation { continuation in
            for _ in 0..<10_000 {
                client.client.send(sent) { result in
                    let isGood = (try? result.get().body.text) == "ok"
                    if !isGood { failed.add(1, ordering: .relaxed) }
                    if answered.add(1, ordering: .relaxed).newValue == 10_000 { continuation.resume() }
                }
            }
        }
        #expect(failed.load(ordering: .relaxed) == 0)
        #expect(waiting.most == 2_000)
    }
}

/// A connection attempt that nobody waits for: it fills a listener's queue.
final class FillingSocket {
    private let descriptor: Int32

    init(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let address = SocketAddress("127.0.0.1", port: port)
        _ = address?.withSockaddr { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }

    deinit { close(descriptor) }
}
