import StepwellHTTP
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellServer

/// Clients that send what no client should: each gets a 4xx or a closed connection, and the server lives on.
@Suite(.timeLimit(.minutes(3)))
struct HostileClientTests {
    private static func post(_ path: String, _ body: [UInt8], more: String = "") -> [UInt8] {
        Array(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(more)Content-Length: \(body.count)\r\n\r\n"
                .utf8) + body
    }

    private func answer(_ bytes: [UInt8], from bed: TestBed) async throws -> String {
        let answer = try await RawClient(port: bed.server.address.port).exchange(bytes)
        #expect(try await bed.ask(.get, "/health").status == 200)
        return String(answer.prefix { $0 != "\r\n" })
    }

    @Test func `JSON as deep as a well is refused by every route that reads it`() async throws {
        let bed = try TestBed()
        let deep = String(repeating: "[", count: 200_000)
        let closed = deep + String(repeating: "]", count: 200_000)
        for body in [
            #"{"name":"a","data":{"x":\#(closed)}}"#, deep, #"{"name":"a","data":\#(deep)"#,
            String(repeating: #"{"a":"#, count: 100_000),
        ] {
            for path in ["/e/key", "/fn/register"] {
                #expect(try await answer(Self.post(path, Array(body.utf8)), from: bed) == "HTTP/1.1 400 Bad Request")
            }
        }
    }

    @Test(arguments: [
        "{\"name\":\"a\u{0}\"}", #"{"name":"a",}"#, #"{"name":"a"}x"#, #"{'name':'a'}"#, "\u{FEFF}{}",
        #"{"name":"a","ts":1e400}"#, #"{"name":7}"#, #"{"name":"a","data":"x"}"#, #"{"name":"a","ts":"now"}"#, "[[]]",
        "[,]",
    ]) func `what is not valid is refused and nothing of it is kept`(body: String) async throws {
        let bed = try TestBed()
        let headers = [("Content-Type", "application/json")]
        let answer = try await bed.ask(.post, "/e/key", headers: headers, body: body)
        #expect(answer.status == 400, "\(answer.text)")
        #expect(answer.json.slice["error"]?.string?.isEmpty == false)
        #expect(try bed.reader.events(EventQuery()).rows.isEmpty)
    }

    @Test func `text that is not UTF-8 is refused`() async throws {
        let bed = try TestBed()
        let body = Array(#"{"name":"a"#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)
        #expect(try await answer(Self.post("/e/key", body), from: bed) == "HTTP/1.1 400 Bad Request")
    }

    @Test func `a body that is announced as too large is refused before it is sent`() async throws {
        let bed = try TestBed { $0.eventBodyBytesMax = 1_000 }
        let head = "POST /e/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\n"
        let raw = try await RawClient(port: bed.server.address.port).exchange(head)
        #expect(raw.hasPrefix("HTTP/1.1 413"))
        #expect(raw.contains("SW0409"))
    }

    @Test func `a body in chunks that grows too large is cut off`() async throws {
        let bed = try TestBed { $0.eventBodyBytesMax = 1_000 }
        let chunk = "400\r\n" + String(repeating: " ", count: 0x400) + "\r\n"
        let head = "POST /e/key HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        let raw = try await RawClient(port: bed.server.address.port).exchange(head + chunk + chunk)
        #expect(raw.hasPrefix("HTTP/1.1 413"))
        #expect(raw.contains("X-Inngest-Server-Kind: dev\r\n"))
    }

    @Test func `who has no key cannot make the server read a large body`() async throws {
        let bed = try TestBed(.start)
        let head = "POST /fn/register HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n"
        #expect(try await answer(Array(head.utf8), from: bed) == "HTTP/1.1 401 Unauthorized")
        let chunked = "POST /e/wrong HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(try await answer(Array(chunked.utf8), from: bed) == "HTTP/1.1 401 Unauthorized")
        let nowhere = "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n"
        #expect(try await answer(Array(nowhere.utf8), from: bed) == "HTTP/1.1 404 Not Found")
    }

    @Test func `a refused request leaves its connection usable`() async throws {
        let bed = try TestBed(.start)
        let refused = "POST /e/wrong HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
        let good = String(
            decoding: Self.post("/e/\(TestBed.eventKey)", Array(#"{"name":"a"}"#.utf8)), as: UTF8.self)
        let raw = try await RawClient(port: bed.server.address.port).exchange(refused + good)
        #expect(raw.hasPrefix("HTTP/1.1 401") && raw.contains("HTTP/1.1 200 OK"))
    }

    @Test(arguments: [
        "POST /e/key HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n",
        "POST /e/key HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "POST /e/key HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST /e/key HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /e/key HTTP/1.1\nHost: a\n\n", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /e/key HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n",
    ]) func `a malformed request is refused and its connection closed`(request: String) async throws {
        let bed = try TestBed()
        let status = try await answer(Array(request.utf8), from: bed)
        #expect(status.isEmpty || status.hasPrefix("HTTP/1.1 4"), "\(status)")
        #expect(try bed.reader.events(EventQuery()).rows.isEmpty)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", 421),
        ("GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
        ("GET /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", 404),
        ("GET /e/key HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
        ("POST /invoke/a HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n", 413),
        ("GET /\(String(repeating: "x", count: 100_000)) HTTP/1.1\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 200_000))\r\n\r\n", 431),
        ("POST /e/key HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("POST /e/key HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ]) func `every refusal says what kind of server it comes from, also those that reach no route`(
        request: String, status: Int
    ) async throws {
        for (mode, kind) in [(ServerConfiguration.Mode.dev, "dev"), (.start, "cloud")] {
            let bed = try TestBed(mode)
            let answer = try await RawClient(port: bed.server.address.port).exchange(request)
            if mode == .dev { #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(40))") }
            #expect(answer.contains("\r\nX-Inngest-Server-Kind: \(kind)\r\n"), "\(answer.prefix(400))")
        }
    }

    @Test func `parameters that mean nothing lead to 4xx`() async throws {
        let bed = try TestBed()
        for target in ["/v0/runs/%00/actions", "/v0/runs/../../etc/actions", "/invoke/%2e%2e", "/fn/remove?url=%zz"] {
            let method: HTTPMethod = target.hasPrefix("/v0") ? .get : target.hasPrefix("/fn") ? .delete : .post
            #expect(400..<500 ~= (try await bed.ask(method, target).status), "\(target)")
        }
    }
}
