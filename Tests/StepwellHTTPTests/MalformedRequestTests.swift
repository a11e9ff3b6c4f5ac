import Testing

@testable import StepwellHTTP

/// A request that is not valid HTTP, and how it is refused.
struct MalformedRequest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: String
    let status: Int

    init(_ name: String, _ status: Int, _ bytes: String) {
        testDescription = name
        self.status = status
        self.bytes = bytes
    }

    /// A POST whose framing fields are the point.
    static func post(_ name: String, _ status: Int, _ fields: String, body: String = "hello") -> MalformedRequest {
        MalformedRequest(name, status, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)")
    }

    static func chunks(_ name: String, _ body: String) -> MalformedRequest {
        post(name, 400, "Transfer-Encoding: chunked", body: body)
    }

    static func get(_ name: String, _ fields: String) -> MalformedRequest {
        MalformedRequest(name, 400, "GET / HTTP/1.1\r\n\(fields)\r\n\r\n")
    }

    static let hosts = [
        get("no Host", "Accept: a"), get("two Hosts", "Host: a\r\nHost: a"),
        get("two different Hosts", "Host: a\r\nhost: b"),
        get("a path in Host", "Host: a/b"), get("a user in Host", "Host: u@a"), get("a blank in Host", "Host: a b"),
        get("a list in Host", "Host: a, b"),
        MalformedRequest("two Hosts in HTTP/1.0", 400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    ]

    static let lengths = [
        post("equal lengths", 400, "Content-Length: 5\r\nContent-Length: 5"),
        post("conflicting lengths", 400, "Content-Length: 5\r\nContent-Length: 6"),
        post("a list of lengths", 400, "Content-Length: 5, 5"), post("a signed length", 400, "Content-Length: +5"),
        post("a negative length", 400, "Content-Length: -5"), post("an empty length", 400, "Content-Length: "),
        post("a hexadecimal length", 400, "Content-Length: 0x5"), post("two numbers", 400, "Content-Length: 5 5"),
        post("a fraction", 400, "Content-Length: 5.0"),
        post("a length beyond 64 bits", 400, "Content-Length: 18446744073709551621"),
        post("length and chunks", 400, "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        post("chunks and length", 400, "Transfer-Encoding: chunked\r\nContent-Length: 5"),
    ]

    static let codings = [
        post("chunked twice", 400, "Transfer-Encoding: chunked, chunked"),
        post("chunked in two fields", 400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        post("chunked not last", 400, "Transfer-Encoding: chunked, gzip"),
        post("gzip", 501, "Transfer-Encoding: gzip"),
        post("gzip, then chunked", 501, "Transfer-Encoding: gzip, chunked"),
        post("identity", 501, "Transfer-Encoding: identity"),
        post("a misspelt coding", 501, "Transfer-Encoding: xchunked"),
        post("an empty coding", 400, "Transfer-Encoding: "),
        post("a tab in the coding", 501, "Transfer-Encoding: chun\tked"),
        MalformedRequest("chunks in HTTP/1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

    static let chunked = [
        chunks("no size", "\r\nhello\r\n0\r\n\r\n"), chunks("no number", "zz\r\nhello\r\n0\r\n\r\n"),
        chunks("a prefix 0x", "0x5\r\nhello\r\n0\r\n\r\n"), chunks("a negative size", "-5\r\nhello\r\n0\r\n\r\n"),
        chunks("a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        chunks("a blank before the size", " 5\r\nhello\r\n0\r\n\r\n"),
        chunks("a bare line feed behind the size", "5\nhello\r\n0\r\n\r\n"),
        chunks("a bare line feed behind an extension", "5;a=b\nhello\r\n0\r\n\r\n"),
        chunks("a bare line feed behind the data", "5\r\nhello\n0\r\n\r\n"),
        chunks("data longer than the size", "3\r\nhello\r\n0\r\n\r\n"),
        chunks("a carriage return alone behind the size", "5\rXhello\r\n0\r\n\r\n"),
        chunks("a bare line feed in the trailers", "5\r\nhello\r\n0\r\nA: b\n\r\n"),
        chunks("a folded trailer", "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n"),
        chunks("a bare line feed as the end", "5\r\nhello\r\n0\r\n\n"),
    ]

    static let lines = [
        MalformedRequest("bare line feeds", 400, "GET / HTTP/1.1\nHost: a\n\n"),
        MalformedRequest("one bare line feed", 400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
        MalformedRequest("a bare line feed as the end", 400, "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        get("a bare carriage return", "Host: a\r\nA: b\rc"), get("a carriage return before the end", "Host: a\r\r"),
        get("NUL in a value", "Host: a\r\nA: b\0c"), get("NUL in a name", "Host: a\r\nA\0: b"),
        get("a control character", "Host: a\r\nA: b\u{1}c"), get("DEL", "Host: a\r\nA: b\u{7f}c"),
        get("a folded line", "Host: a\r\nA: b\r\n c"), get("a line folded by a tab", "Host: a\r\nA: b\r\n\tc"),
        get("a blank before the colon", "Host: a\r\nA : b"), get("a blank in a name", "Host: a\r\nA B: c"),
        get("no colon", "Host: a\r\nAB"), get("an empty name", "Host: a\r\n: b"),
        get("a blank before the first field", " Host: a"), get("brackets in a name", "Host: a\r\nA[0]: b"),
        MalformedRequest("HTTP/0.9", 505, "GET /\r\n\r\n"),
        MalformedRequest("HTTP/2", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
        MalformedRequest("another protocol", 400, "GET / HTCP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest("a blank in the target", 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest("a control character in the target", 400, "GET /a\u{1} HTTP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest("a target without a slash", 400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest("an unknown method", 501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest("a tunnel", 501, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"),
        MalformedRequest("a TLS greeting", 400, "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0"),
        MalformedRequest("an unknown expectation", 417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n"),
    ]

    static let all = hosts + lengths + codings + chunked + lines
}

struct MalformedRequestTests {
    @Test(arguments: MalformedRequest.all, [false, true])
    func `what is not valid HTTP is refused, in one piece or in many`(request: MalformedRequest, isInPieces: Bool)
        throws
    {
        let reached = Counter()
        let server = try TestServer(handler: { _, responder in
            reached.add(1)
            responder.respond(status: 200)
        })
        let socket = try RawSocket(port: server.port)
        // Whatever follows must not be taken for a request.
        let bytes = Array((request.bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n").utf8)
        if isInPieces {
            for byte in bytes where !socket.send([byte]) { break }
        } else {
            socket.send(bytes)
        }
        let answer = try #require(socket.readToEnd())
        #expect(answer.hasPrefix("HTTP/1.1 \(request.status) "), "\(answer)")
        #expect(answer.contains("Connection: close\r\n"))
        #expect(answer.split(separator: "HTTP/1.1 ").count == 1)
        #expect(reached.value == 0)
    }

    @Test func `a bad request behind good ones is refused in its turn`() throws {
        let server = try TestServer(handler: { request, responder in
            responder.loop.schedule(after: .milliseconds(20)) {
                responder.respond(status: 200, body: .init(text: "<\(request.path)>"))
            }
        })
        let socket = try RawSocket(port: server.port)
        socket.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\n\r\n")
        let answer = try #require(socket.readToEnd())
        let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
        #expect(statuses == ["200", "200", "400"])
    }
}
