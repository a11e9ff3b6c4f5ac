import Testing

@testable import StepwellHTTP

struct RoundTripTests {
    @Test func `a request arrives whole and its answer comes back`() async throws {
        let server = try TestServer()
        let client = try TestClient()
        let request = HTTPClientRequest(
            method: .post, url: try server.url("/echo?a=1"), headers: ["X-Some": "value"], body: .init(text: "hello"))
        let response = try await client.client.response(to: request)
        #expect(response.status == 200)
        #expect(response.headers["x-line"] == "POST /echo?a=1")
        #expect(response.headers["content-length"] == "5")
        #expect(response.body.text == "hello")
    }

    @Test func `requests in turn share one connection`() async throws {
        let server = try TestServer()
        let client = try TestClient()
        for index in 0..<100 {
            let body = [UInt8](text: "\(index)")
            let request = HTTPClientRequest(method: .post, url: try server.url(), body: body)
            #expect(try await client.client.response(to: request).body == body)
        }
        #expect(server.server.connectionCount == 1)
        #expect(client.client.connectionCount == 1)
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 1 << 20, 20 << 20])
    func `bodies of any size come back unchanged`(size: Int) async throws {
        let server = try TestServer { $0.bodyBytesMax = 32 << 20 }
        let client = try TestClient()
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var request = HTTPClientRequest(method: .put, url: try server.url(), body: body)
        request.responseBytesMax = 32 << 20
        #expect(try await client.client.response(to: request).body == body)
    }

    @Test func `answers to pipelined requests come in the order of the requests`() throws {
        let server = try TestServer(handler: { request, responder in
            // Later requests are answered earlier, and from other threads.
            let rank = Int(request.path.dropFirst()) ?? 0
            responder.loop.schedule(after: .milliseconds((8 - rank) * 10)) {
                responder.respond(status: 200, body: .init(text: "<\(rank)>"))
            }
        })
        let socket = try RawSocket(port: server.port)
        socket.send((0..<8).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        let answers = socket.read(until: ">", times: 8)
        #expect(answers.split(separator: "<").dropFirst().map { $0.first } == ["0", "1", "2", "3", "4", "5", "6", "7"])
    }
}
