import CZlib
import Testing

@testable import StepwellHTTP

/// What a client makes of the answers of good and bad servers.
struct ClientAnswerTests {
    private func outcome(
        of answer: String, method: HTTPMethod = .get, bytesMax: Int = 1 << 20
    ) async throws -> Result<HTTPClientResponse, HTTPClientError> {
        let server = try ScriptedServer(answer: answer)
        let client = try TestClient()
        var request = try server.request(method: method)
        request.responseBytesMax = bytesMax
        do {
            return .success(try await client.client.response(to: request))
        } catch {
            return .failure(error)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ("HTTP/1.0 200 OK\r\n\r\nhello", "hello"), ("HTTP/1.1 200 OK\r\n\r\nhello", "hello"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n", "hello"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            "a"
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""), ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\nConnection: close, Upgrade\r\nUpgrade: h2\r\nContent-Length: 1\r\n\r\na", "a"),
    ])
    func `every framing of an answer is understood`(answer: String, body: String) async throws {
        let response = try await outcome(of: answer).get()
        #expect(response.status == 200)
        #expect(response.body.text == body)
        #expect(response.headers["A"] == nil)
    }

    @Test(arguments: ["204 No Content", "304 Not Modified"])
    func `a status without content ends with its head`(status: String) async throws {
        #expect(try await outcome(of: "HTTP/1.1 \(status)\r\n\r\n").get().body.isEmpty)
    }

    @Test func `an answer to HEAD ends with its head`() async throws {
        let response = try await outcome(of: "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", method: .head).get()
        #expect(response.headers["content-length"] == "500")
        #expect(response.body.isEmpty)
    }

    @Test(arguments: [301, 302, 303, 307, 308, 404, 500, 999])
    func `redirects and errors are answers like any other`(code: Int) async throws {
        let response = try await outcome(of: "HTTP/1.1 \(code) X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n").get()
        #expect(response.status.code == code)
        #expect(response.headers["Location"] == "/b")
    }

    @Test(arguments: [
        "hello\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
    ])
    func `what is not HTTP is called malformed`(answer: String) async throws {
        let outcome = try await outcome(of: answer)
        guard case .failure(.malformedResponse) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test(arguments: [
        ("", false), ("HTTP/1.1 200", true), ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true),
        ("HTTP/1.1 100 Continue\r\n\r\n", true),
    ])
    func `an answer that is cut short is told as such`(answer: String, hasBegun: Bool) async throws {
        let outcome = try await outcome(of: answer)
        #expect(throws: HTTPClientError.connectionClosed(answerBegan: hasBegun)) { try outcome.get() }
    }

    @Test(arguments: [
        "Content-Length: 1001\r\n\r\n", "Content-Length: 9223372036854775807\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3e9\r\nBODY\r\n0\r\n\r\n", "Connection: close\r\n\r\nBODY",
    ])
    func `an answer over its bound is refused with the bound`(rest: String) async throws {
        let parts = "HTTP/1.1 200 OK\r\n\(rest)".split(separator: "BODY", omittingEmptySubsequences: false)
        let answer = parts.joined(separator: String(repeating: "a", count: 1_001))
        let outcome = try await outcome(of: answer, bytesMax: 1_000)
        #expect(throws: HTTPClientError.responseTooLarge(bytesMax: 1_000)) { try outcome.get() }
    }

    /// An answer that repeats something for ever.
    struct Endless: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let start: String
        let rest: String

        private static let kilobyte = String(repeating: "a", count: 1_024)

        static let all = [
            Endless(
                testDescription: "chunks", start: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                rest: "400\r\n\(kilobyte)\r\n"),
            Endless(testDescription: "a body without length", start: "HTTP/1.1 200 OK\r\n\r\n", rest: kilobyte),
            Endless(testDescription: "header fields", start: "HTTP/1.1 200 OK\r\n", rest: "A: \(kilobyte)\r\n"),
            Endless(testDescription: "a reason", start: "HTTP/1.1 200 O", rest: kilobyte),
            Endless(testDescription: "a header value", start: "HTTP/1.1 200 OK\r\nA: ", rest: kilobyte),
            Endless(testDescription: "interim answers", start: "", rest: "HTTP/1.1 100 Continue\r\n\r\n"),
            Endless(
                testDescription: "trailers", start: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                rest: "A: \(kilobyte)\r\n"),
        ]
    }

    @Test(arguments: Endless.all) func `an answer that never ends is given up`(answer: Endless) async throws {
        let server = try ScriptedServer { socket, _ in
            _ = socket.read(until: "\r\n\r\n")
            socket.send(answer.start)
            while socket.send(answer.rest) {}
        }
        let client = try TestClient()
        var request = try server.request()
        request.responseBytesMax = 1 << 20
        let error = await #expect(throws: HTTPClientError.self) { try await client.client.response(to: request) }
        #expect(error == .responseTooLarge(bytesMax: 1 << 20) || error == .responseHeadTooLarge(bytesMax: 65_536))
    }

    // MARK: Codings

    enum Coding: Int32, CaseIterable, Sendable {
        case gzip = 31
        case zlib = 15
        case bareDeflate = -15

        var name: String { self == .gzip ? "gzip" : "deflate" }

        func encode(_ input: [UInt8]) -> [UInt8] {
            var stream = z_stream()
            deflateInit2_(
                &stream, 9, Z_DEFLATED, rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size))
            defer { deflateEnd(&stream) }
            var source = input
            var output = [UInt8](repeating: 0, count: input.count + 1_000)
            let capacity = output.count
            source.withUnsafeMutableBufferPointer { source in
                output.withUnsafeMutableBufferPointer { output in
                    stream.next_in = source.baseAddress
                    stream.avail_in = UInt32(source.count)
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(capacity)
                    _ = deflate(&stream, Z_FINISH)
                }
            }
            return Array(output[..<(capacity - Int(stream.avail_out))])
        }
    }

    private func response(
        coding: String, body: [UInt8], bytesMax: Int = 1 << 20, headers: HTTPHeaders = [:]
    ) async throws -> HTTPClientResponse {
        let server = try TestServer(handler: { request, responder in
            responder.respond(
                status: 200,
                headers: ["Content-Encoding": coding, "X-Asked": request.headers["Accept-Encoding"] ?? "-"],
                body: body)
        })
        let client = try TestClient()
        var request = HTTPClientRequest(method: .get, url: try server.url(), headers: headers)
        request.responseBytesMax = bytesMax
        return try await client.client.response(to: request)
    }

    @Test(arguments: Coding.allCases) func `a coded answer comes decoded`(coding: Coding) async throws {
        let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7 &* 13) }
        let response = try await response(coding: coding.name, body: coding.encode(body))
        #expect(response.body == body)
        #expect(response.headers["Content-Encoding"] == nil)
        #expect(response.headers["Content-Length"] == nil)
        #expect(response.headers["X-Asked"] == "gzip, deflate")
    }

    @Test(arguments: Coding.allCases) func `a coded answer is bounded by its decoded size`(coding: Coding) async throws
    {
        let bomb = coding.encode([UInt8](repeating: 0, count: 2 << 20))
        #expect(bomb.count < 10_000)
        await #expect(throws: HTTPClientError.responseTooLarge(bytesMax: 1 << 20)) {
            try await self.response(coding: coding.name, body: bomb)
        }
    }

    @Test(arguments: Coding.allCases) func `a damaged or cut coding is called malformed`(coding: Coding) async throws {
        let good = coding.encode((0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* $0) })
        for bad in [Array(good.dropLast(20)), [1, 2, 3] + good, Array(good.reversed())] {
            let error = await #expect(throws: HTTPClientError.self) {
                try await self.response(coding: coding.name, body: bad)
            }
            guard case .malformedResponse = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func `who names the codings himself gets the bytes as they came`() async throws {
        let coded = Coding.gzip.encode(.init(text: "hello"))
        let response = try await response(coding: "gzip", body: coded, headers: ["accept-encoding": "gzip"])
        #expect(response.body == coded)
        #expect(response.headers["Content-Encoding"] == "gzip")
    }

    @Test func `an unknown coding passes through`() async throws {
        let response = try await response(coding: "snappy", body: [1, 2, 3])
        #expect(response.body == [1, 2, 3])
        #expect(response.headers["Content-Encoding"] == "snappy")
    }
}
