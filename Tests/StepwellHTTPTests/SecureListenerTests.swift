import Testing

@testable import StepwellHTTP

/// Our own listener with TLS, asked by libcurl.
struct SecureListenerTests {
    private let certificate: TestCertificate
    private let server: TestServer
    private let client: TestClient

    init() throws {
        let certificate = try TestCertificate()
        let context = try TLSContext(certificateFile: certificate.file, keyFile: certificate.keyFile)
        self.certificate = certificate
        server = try TestServer(
            configure: {
                $0.tls = context
                $0.bodyBytesMax = 32 << 20
                $0.headTimeout = .seconds(120)
                $0.bodyTimeout = .seconds(120)
                $0.writeTimeout = .seconds(120)
                $0.lingerTimeout = .milliseconds(100)
            },
            handler: { request, responder in
                guard request.path == "/stream" else { return TestServer.echo(request, responder) }
                responder.start(status: 200)
                for part in 0..<100 {
                    responder.loop.schedule(after: .milliseconds(part / 10)) {
                        responder.write([UInt8](repeating: UInt8(part), count: 1_000))
                        if part == 99 { responder.end() }
                    }
                }
            })
        client = try TestClient { $0.certificateAuthorityFile = certificate.file }
    }

    private func request(_ target: String = "/", body: [UInt8] = []) throws -> HTTPClientRequest {
        let url = try HTTPURL("https://127.0.0.1:\(server.port)\(target)")
        var request = HTTPClientRequest(method: .post, url: url, body: body)
        request.responseBytesMax = 32 << 20
        request.timeout = .seconds(300)
        request.connectTimeout = .seconds(120)
        return request
    }

    @Test(arguments: [0, 1, 16_383, 16_384, 16_385, 1 << 20, 20 << 20])
    func `bodies of any size pass through TLS unchanged`(size: Int) async throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let response = try await client.client.response(to: request("/a?b=c", body: body))
        #expect(response.headers["X-Line"] == "POST /a?b=c")
        #expect(response.body == body)
    }

    @Test func `requests in turn share a connection, many at a time are all answered`() async throws {
        for _ in 0..<20 { #expect(try await client.client.response(to: request()).status == 200) }
        #expect(server.server.connectionCount == 1)
        let answered = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
            for index in 0..<50 {
                group.addTask {
                    let body = [UInt8](text: "\(index)")
                    guard let request = try? request(body: body) else { return false }
                    return (try? await client.client.response(to: request))?.body == body
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(answered == 50)
    }

    @Test func `a streamed answer passes through TLS in order`() async throws {
        let response = try await client.client.response(to: request("/stream"))
        #expect(response.body == (0..<100).flatMap { [UInt8](repeating: $0, count: 1_000) })
    }

    @Test func `an answer that ends the connection is read whole`() async throws {
        var request = try request(body: .init(text: "hello"))
        request.headers = ["Expect": "wonders"]
        #expect(try await client.client.response(to: request).status == 417)
        try server.waitForConnections(0)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}", ""])
    func `a peer that speaks no TLS is cut off`(greeting: String) async throws {
        let socket = try RawSocket(port: server.port)
        socket.send(greeting)
        if greeting.isEmpty || greeting.count < 5 { socket.endSending() }
        #expect(socket.readToEnd() != nil)
        withExtendedLifetime(socket) {}
        #expect(try await client.client.response(to: request()).status == 200)
    }

    @Test func `connections with TLS leave nothing behind`() async throws {
        for _ in 0..<30 {
            let other = try TestClient { $0.certificateAuthorityFile = certificate.file }
            #expect(try await other.client.response(to: request()).status == 200)
            other.loop.stop()
            _ = try RawSocket(port: server.port)
        }
        try server.waitForConnections(0)
    }

    @Test func `a bad certificate or key is named`() throws {
        let other = try TestCertificate()
        for (file, key, word) in [
            ("/nowhere", certificate.keyFile, "/nowhere"),
            (certificate.keyFile, certificate.keyFile, "certificate file"),
            (certificate.file, certificate.file, "key file"), (certificate.file, other.keyFile, "key"),
        ] {
            let error = #expect(throws: TLSError.self) { try TLSContext(certificateFile: file, keyFile: key) }
            #expect(error?.description.contains(word) == true)
        }
    }
}
