import Testing

@testable import StepwellHTTP

/// https, against a server that is not ours.
@Suite(.serialized) struct SecureClientTests {
    private let server: SecureServer
    private let client: TestClient

    init() throws {
        let server = try SecureServer()
        self.server = server
        client = try TestClient { $0.certificateAuthorityFile = server.certificate.file }
    }

    private func error(_ request: HTTPClientRequest, _ other: TestClient? = nil) async -> HTTPClientError? {
        do {
            let response = try await (other ?? client).client.response(to: request)
            Issue.record("answered with \(response.status)")
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [HTTPMethod.get, .post, .put, .patch, .delete, .head])
    func `a request arrives whole and its answer comes back`(method: HTTPMethod) async throws {
        let hasBody = method != .get && method != .head
        var request = try server.request("/echo?a=1", method: method, body: hasBody ? .init(text: "hello") : [])
        request.headers = ["X-Some": "value", "X-Empty": "", "Host": "evil", "Content-Type": "application/json"]
        let response = try await client.client.response(to: request)
        #expect(response.status == 200)
        #expect(response.headers["x-line"] == "\(method) /echo?a=1")
        #expect(response.headers["X-Got-X-Some"] == "value")
        #expect(response.headers["X-Got-X-Empty"]?.isEmpty == true)
        #expect(response.headers["X-Got-Host"] == "127.0.0.1:\(server.port)")
        #expect(response.headers["X-Got-Content-Type"] == "application/json")
        #expect(response.headers["X-Got-Expect"] == nil)
        #expect(response.body.text == (hasBody ? "hello" : ""))
    }

    @Test func `bodies may be empty or large`() async throws {
        let empty = try await client.client.response(to: server.request("/", method: .post))
        #expect(empty.headers["X-Got-Content-Length"] == "0")
        #expect(empty.headers["X-Got-Content-Type"] == nil)
        let body = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(try await client.client.response(to: server.request("/", method: .post, body: body)).body == body)
    }

    @Test func `requests in turn share one connection`() async throws {
        var connections: Set<String> = []
        for _ in 0..<10 {
            let response = try await client.client.response(to: server.request("/"))
            connections.insert(response.headers["X-Connection"] ?? "-")
        }
        #expect(connections.count == 1)
    }

    @Test func `many requests at a time are all answered`() async throws {
        let answered = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
            for index in 0..<40 {
                group.addTask {
                    guard let request = try? server.request("/", method: .post, body: .init(text: "\(index)")) else {
                        return false
                    }
                    return (try? await client.client.response(to: request))?.body.text == "\(index)"
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(answered == 40)
    }

    @Test func `a certificate that nobody vouches for is refused`() async throws {
        guard case .tlsFailed = await error(try server.request("/"), try TestClient()) else {
            Issue.record("trusted")
            return
        }
    }

    @Test func `a certificate for another name is refused`() async throws {
        let request = HTTPClientRequest(method: .get, url: try HTTPURL("https://localhost:\(server.port)/"))
        guard case .tlsFailed = await error(request) else {
            Issue.record("trusted")
            return
        }
    }

    @Test func `a server without TLS is a TLS failure`() async throws {
        let plain = try TestServer()
        let request = HTTPClientRequest(method: .get, url: try HTTPURL("https://127.0.0.1:\(plain.port)/"))
        guard case .tlsFailed = await error(request) else {
            Issue.record("trusted")
            return
        }
    }

    @Test func `redirects are not followed`() async throws {
        let response = try await client.client.response(to: server.request("/redirect"))
        #expect(response.status == 307)
        #expect(response.headers["Location"] == "/elsewhere")
    }

    @Test func `a coded answer comes decoded, within its bound`() async throws {
        var request = try server.request("/gzip")
        let response = try await client.client.response(to: request)
        #expect(response.body.count == 3_000_000)
        #expect(response.headers["Content-Encoding"] == nil)
        request.responseBytesMax = 1 << 20
        #expect(await error(request) == .responseTooLarge(bytesMax: 1 << 20))
        request.headers = ["Accept-Encoding": "gzip"]
        #expect(try await client.client.response(to: request).headers["Content-Encoding"] == "gzip")
    }

    @Test func `bad answers are told apart`() async throws {
        #expect(await error(try server.request("/close")) == .connectionClosed(answerBegan: false))
        #expect(await error(try server.request("/cut")) == .connectionClosed(answerBegan: true))
        #expect(await error(try server.request("/endless")) == .responseTooLarge(bytesMax: 8 << 20))
        #expect(await error(try server.request("/head")) == .responseHeadTooLarge(bytesMax: 65_536))
        guard case .malformedResponse = await error(try server.request("/garbage")) else {
            Issue.record("understood")
            return
        }
        var large = try server.request("/", method: .post, body: [UInt8](repeating: 0, count: 1_001))
        large.responseBytesMax = 1_000
        #expect(await error(large) == .responseTooLarge(bytesMax: 1_000))
    }

    @Test func `a silent server is a timeout, a cancelled request is cancelled`() async throws {
        var request = try server.request("/silent")
        request.timeout = .milliseconds(200)
        #expect(await error(request) == .timeout)
        request.timeout = .seconds(30)
        let sent = request
        let task = Task { try await client.client.response(to: sent) }
        task.cancel()
        await #expect(throws: HTTPClientError.cancelled) { try await task.value }
    }

    @Test func `stopping the loop cancels what is in flight`() async throws {
        let request = try server.request("/silent")
        let task = Task { try await client.client.response(to: request) }
        // The answer to another request shows that the loop has taken up the first.
        _ = try await client.client.response(to: server.request("/"))
        client.loop.stop()
        await #expect(throws: HTTPClientError.cancelled) { try await task.value }
    }

    @Test func `nobody there, no such name, no connection and no permission are told apart`() async throws {
        let closed = try ScriptedServer(answer: "")
        closed.stopListening()
        let refused = HTTPClientRequest(method: .get, url: try HTTPURL("https://127.0.0.1:\(closed.port)/"))
        #expect(await error(refused) == .connectionRefused("127.0.0.1:\(closed.port)"))
        let unknown = HTTPClientRequest(method: .get, url: try HTTPURL("https://nowhere.invalid/"))
        #expect(await error(unknown) == .nameNotFound("nowhere.invalid"))
        let full = try ScriptedServer(backlog: 0) { _, _ in }
        let filling = (0..<8).map { _ in FillingSocket(port: full.port) }
        var late = HTTPClientRequest(method: .get, url: try HTTPURL("https://127.0.0.1:\(full.port)/"))
        late.connectTimeout = .milliseconds(200)
        #expect(await error(late) == .connectTimeout)
        withExtendedLifetime(filling) {}
        let strict = try TestClient { $0.addressPolicy = { !$0.isLoopback } }
        #expect(
            await error(try server.request("/"), strict)
                == .addressRefused(try #require(SocketAddress("127.0.0.1", port: server.port))))
    }
}
