import Dispatch
import Synchronization
import Testing

@testable import StepwellHTTP

/// What a valid request may look like, and how its answer looks on the wire.
struct ServerMessageTests {
    private func answer(
        to request: String, handler: @escaping HTTPServer.Handler = TestServer.echo
    ) throws -> String {
        let server = try TestServer(handler: handler)
        let socket = try RawSocket(port: server.port)
        socket.send(request)
        socket.endSending()
        return try #require(socket.readToEnd())
    }

    /// An answer without its Date line.
    private func undated(_ answer: String) -> String {
        answer.split(separator: "\r\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("Date: ") }
            .joined(separator: "\r\n")
    }

    @Test func `an answer has status, fields, date and length`() throws {
        let answer = try answer(to: "GET /a HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.respond(status: 404, headers: ["X-A": "1", "x-b": "2"], body: .init(text: "no"))
        }
        #expect(undated(answer) == "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nx-b: 2\r\nContent-Length: 2\r\n\r\nno")
        #expect(answer.contains("\r\nDate: "))
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    ])
    func `dates are those of the standard`(second: Int, text: String) {
        #expect(DateLine.text(of: second) == "Date: \(text)\r\n")
    }

    @Test func `an answer to HEAD has the length but no body`() throws {
        let answer = try answer(to: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.respond(status: 200, body: .init(text: "hello"))
        }
        #expect(undated(answer) == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    }

    @Test(arguments: [204, 304]) func `a status without content has neither body nor length`(code: Int) throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.respond(status: HTTPStatus(code), body: .init(text: "hello"))
        }
        #expect(!answer.contains("Content-Length"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func `framing fields of the handler do not reach the wire`() throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.respond(
                status: 200, headers: ["content-length": "99", "Transfer-Encoding": "chunked"], body: .init(text: "a"))
        }
        #expect(undated(answer) == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
    }

    @Test(arguments: [("X-A", "b\r\nX-Evil: c"), ("X A", "b"), ("", "b"), ("X-A", "b\0")])
    func `a header that would break the answer becomes a 500`(name: String, value: String) throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.respond(status: 200, headers: [name: value])
        }
        #expect(answer.hasPrefix("HTTP/1.1 500 "))
        #expect(!answer.contains("X-Evil"))
    }

    @Test func `a responder that is dropped answers 500`() throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { _, _ in }
        #expect(answer.hasPrefix("HTTP/1.1 500 "))
    }

    @Test func `only the first of two answers counts`() throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.respond(status: 200, body: .init(text: "one"))
            responder.respond(status: 500, body: .init(text: "two"))
        }
        #expect(answer.hasSuffix("\r\n\r\none"))
        #expect(answer.split(separator: "HTTP/1.1").count == 1)
    }

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"), ("5;name=value\r\nhello\r\n0;last\r\n\r\n", "hello"),
        ("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
        ("5\r\nhello\r\n0\r\nX-Trailer: a\r\nX-Other: b\r\n\r\n", "hello"), ("0\r\n\r\n", ""),
    ])
    func `chunks are joined, and what follows is the next request`(chunks: String, body: String) throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
        let bodies = Mutex<[String]>([])
        let keep = { @Sendable (text: String) in bodies.withLock { $0.append(text) } }
        let server = try TestServer(handler: { request, responder in
            keep("\(request.target) \(request.body.text) \(request.headers["X-Trailer"] ?? "")")
            responder.respond(status: 200)
        })
        for isInPieces in [false, true] {
            let socket = try RawSocket(port: server.port)
            let bytes = Array((head + chunks + next).utf8)
            for piece in isInPieces ? bytes.map({ [$0] }) : [bytes] { socket.send(piece) }
            socket.endSending()
            #expect(socket.readToEnd() != nil)
        }
        #expect(bodies.withLock { $0 } == ["/ \(body) ", "/next  ", "/ \(body) ", "/next  "])
    }

    @Test func `a client that waits for 100 Continue gets it before it sends`() throws {
        let server = try TestServer()
        let socket = try RawSocket(port: server.port)
        socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n")
        #expect(socket.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        socket.send("hello")
        #expect(socket.read(until: "hello").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func `a refused request is not told to continue`() throws {
        let server = try TestServer { $0.bodyBytesMax = 10 }
        let socket = try RawSocket(port: server.port)
        socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n")
        #expect(try #require(socket.readToEnd()).hasPrefix("HTTP/1.1 413 "))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true), ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n", false), ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
    ])
    func `the connection is kept as version and Connection say`(request: String, isKept: Bool) throws {
        let answer = try answer(to: request + request)
        #expect(answer.split(separator: "HTTP/1.1 200").count == (isKept ? 2 : 1))
        #expect(answer.contains("Connection: close") == !isKept)
    }

    @Test func `an upgrade request is an ordinary one`() throws {
        let answer = try answer(
            to:
                "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
        ) { request, responder in
            responder.respond(status: 200, body: .init(text: "[\(request.path) \(request.headers["Upgrade"] ?? "-")]"))
        }
        #expect(answer.contains("[/ws websocket]"))
        #expect(answer.contains("[/2 -]"))
    }

    @Test(arguments: [
        ("/a/b?c=d", "/a/b", "c=d"), ("/", "/", nil), ("/?", "/", ""), ("http://h/p?q", "/p", "q"),
        ("http://h?q", "/", "q"), ("http://h", "/", nil), ("*", "*", nil), ("/a?b?c", "/a", "b?c"),
    ])
    func `path and query are found in every form of target`(target: String, path: String, query: String?) {
        let head = HTTPRequestHead(method: .get, target: target)
        #expect(head.path == path)
        #expect(head.query.map(String.init) == query)
    }

    @Test func `empty lines before a request are skipped`() throws {
        #expect(try answer(to: "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
    }

    @Test func `header values keep order, lose blanks round them and may be empty`() throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:  \t b c \t\r\nb: d\r\nC: \r\n\r\n") {
            request, responder in
            let fields = request.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            responder.respond(status: 200, body: .init(text: "[\(fields)]"))
        }
        #expect(answer.hasSuffix("[Host=a|A=|B=b c|b=d|C=]"))
    }

    @Test func `the handler learns who asks`() throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { request, responder in
            responder.respond(status: 200, body: .init(text: request.head.peer?.host ?? "-"))
        }
        #expect(answer.hasSuffix("\r\n\r\n127.0.0.1"))
    }

    // MARK: Streams

    @Test func `a started answer goes out in chunks`() throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.start(status: 201, headers: ["X-A": "1"])
            responder.write(.init(text: " "))
            responder.write([])
            responder.write(.init(text: "0123456789abcdef"))
            responder.end()
        }
        let head = "HTTP/1.1 201 Created\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(undated(answer) == head + "1\r\n \r\n10\r\n0123456789abcdef\r\n0\r\n\r\n")
    }

    @Test func `a started answer to HTTP 1.0 ends with the connection`() throws {
        let answer = try answer(to: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") { _, responder in
            responder.start(status: 200)
            responder.write(.init(text: "hello"))
            responder.end()
        }
        #expect(undated(answer) == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
    }

    @Test func `a started answer to HEAD is its head`() throws {
        let answer = try answer(to: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.start(status: 200)
            responder.write(.init(text: "hello"))
            responder.end()
        }
        #expect(undated(answer) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @Test func `a stream that is dropped is cut, not ended`() throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            responder.start(status: 200)
            responder.write(.init(text: "hello"))
        }
        #expect(answer.hasSuffix("5\r\nhello\r\n"))
    }

    @Test func `a dropped stream does not take the answers before it along`() throws {
        let request = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
        let answer = try answer(to: request) { request, responder in
            guard request.path == "/1" else {
                responder.start(status: 200)
                responder.write(.init(text: "cut"))
                return
            }
            responder.loop.schedule(after: .milliseconds(50)) {
                responder.respond(status: 200, body: .init(text: "whole"))
            }
        }
        #expect(answer.contains("Content-Length: 5\r\n\r\nwhole"))
        #expect(answer.hasSuffix("3\r\ncut\r\n"))
    }

    @Test func `parts of a stream keep their order from whatever thread they come`() throws {
        let answer = try answer(to: "GET / HTTP/1.1\r\nHost: a\r\n\r\n") { _, responder in
            let (thread, done) = (DispatchQueue(label: "parts"), DispatchSemaphore(value: 0))
            thread.async {
                responder.start(status: 200)
                responder.write(.init(text: "1"))
                done.signal()
            }
            // Blocks the loop, so that what the other thread posts is still waiting.
            done.wait()
            responder.write(.init(text: "2"))
            responder.end()
        }
        #expect(answer.hasSuffix("1\r\n1\r\n1\r\n2\r\n0\r\n\r\n"))
    }

    @Test func `each piece of a stream arrives before the next is written`() async throws {
        let waiting = Mutex<HTTPResponder?>(nil)
        let keep = { @Sendable (responder: HTTPResponder) in waiting.withLock { $0 = responder } }
        let server = try TestServer(handler: { _, responder in
            responder.start(status: 200)
            responder.write(.init(text: "first"))
            keep(responder)
        })
        let socket = try RawSocket(port: server.port)
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(socket.read(until: "first\r\n").contains("5\r\nfirst\r\n"))
        let responder = try #require(waiting.withLock { $0 })
        responder.write(.init(text: "second"))
        #expect(socket.read(until: "second\r\n") == "6\r\nsecond\r\n")
        responder.end()
        #expect(socket.read(until: "0\r\n\r\n") == "0\r\n\r\n")
    }
}
