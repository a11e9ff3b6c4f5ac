import Synchronization
import Testing

@testable import StepwellHTTP

/// Responders that a handler keeps for later, and how many they were at most.
final class Waiting: Sendable {
    private let state = Mutex<(responders: [HTTPResponder], most: Int)>(([], 0))

    func add(_ responder: HTTPResponder) {
        state.withLock {
            $0.responders.append(responder)
            $0.most = max($0.most, $0.responders.count)
        }
    }

    func takeFirst() -> HTTPResponder? { state.withLock { $0.responders.isEmpty ? nil : $0.responders.removeFirst() } }

    var most: Int { state.withLock { $0.most } }
    var count: Int { state.withLock { $0.responders.count } }
}

/// Bounds of size, number and time.
struct ServerLimitTests {
    private func status(of answer: String?) -> String? { answer.map { String($0.dropFirst(9).prefix(3)) } }

    // MARK: Size

    @Test func `a header section over its bound is refused with 431`() throws {
        let server = try TestServer { $0.headBytesMax = 1_000 }
        let socket = try RawSocket(port: server.port)
        socket.send("GET / HTTP/1.1\r\nHost: a\r\nA: \(String(repeating: "a", count: 2_000))")
        #expect(status(of: socket.readToEnd()) == "431")
    }

    @Test func `a header section just within its bound is taken`() throws {
        let head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let server = try TestServer { $0.headBytesMax = head.utf8.count }
        let socket = try RawSocket(port: server.port)
        socket.send(head)
        #expect(status(of: socket.readToEnd()) == "200")
    }

    @Test func `header fields over their number are refused with 431`() throws {
        let server = try TestServer { $0.headFieldsMax = 10 }
        for (count, expected) in [(9, "200"), (10, "431")] {
            let socket = try RawSocket(port: server.port)
            let fields = String(repeating: "A: b\r\n", count: count)
            socket.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            socket.endSending()
            #expect(status(of: socket.readToEnd()) == expected)
        }
    }

    @Test(arguments: [200, 100_000]) func `a target over its bound is refused with 414`(length: Int) throws {
        let server = try TestServer { $0.targetBytesMax = 100 }
        let socket = try RawSocket(port: server.port)
        socket.send("GET /\(String(repeating: "a", count: length)) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(status(of: socket.readToEnd()) == "414")
    }

    @Test func `a body announced over its bound is refused before it is read`() throws {
        let server = try TestServer { $0.bodyBytesMax = 1_000 }
        let socket = try RawSocket(port: server.port)
        socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
        #expect(status(of: socket.readToEnd()) == "413")
    }

    @Test func `chunks over the bound are refused while they come`() throws {
        let server = try TestServer { $0.bodyBytesMax = 1_000 }
        let socket = try RawSocket(port: server.port)
        socket.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        // Sent until the server no longer takes it: it must not read for ever.
        let chunk = "400\r\n" + String(repeating: "a", count: 1_024) + "\r\n"
        var sent = 0
        while sent < 100_000, socket.send(chunk) { sent += 1 }
        #expect(sent < 100_000)
        #expect(status(of: socket.readToEnd()).map { $0 == "413" || $0.isEmpty } == true)
    }

    @Test func `a peer that sends too much at once still reads the refusal`() throws {
        let server = try TestServer { $0.bodyBytesMax = 1_000 }
        let socket = try RawSocket(port: server.port)
        socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n")
        socket.send([UInt8](repeating: 0x61, count: 500_000))
        #expect(status(of: socket.readToEnd()) == "413")
    }

    @Test func `the admit hook sets the bound of each request`() throws {
        let server = try TestServer { configuration in
            configuration.bodyBytesMax = 10
            configuration.admit = { head in
                switch head.path {
                case "/large": .accept(bodyBytesMax: 100)
                case "/never": .reject(403, headers: ["X-Why": "because"], body: .init(text: "no"))
                default: .accept()
                }
            }
        }
        for (path, expected) in [("/large", "200"), ("/small", "413"), ("/never", "403")] {
            let socket = try RawSocket(port: server.port)
            let body = String(repeating: "a", count: 50)
            socket.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\nConnection: close\r\n\r\n\(body)")
            let answer = try #require(socket.readToEnd())
            #expect(status(of: answer) == expected)
            #expect(answer.contains("X-Why: because\r\n") == (path == "/never"))
            #expect(answer.hasSuffix("no") == (path == "/never"))
        }
    }

    // MARK: Time

    @Test func `a connection that sends nothing is closed`() throws {
        let server = try TestServer { $0.headTimeout = .milliseconds(50) }
        #expect(try RawSocket(port: server.port).readToEnd() == "")
    }

    @Test func `a header section that drips is refused with 408`() throws {
        let server = try TestServer { $0.headTimeout = .milliseconds(150) }
        let socket = try RawSocket(port: server.port)
        let begin = ContinuousClock.now
        var bytes = 0
        // More drips than the deadline leaves time for: each alone would look alive.
        while bytes < 1_000, ContinuousClock.now - begin < .seconds(5),
            socket.send(bytes == 0 ? "GET / HTTP/1.1\r\nA: " : "a")
        {
            bytes += 1
            if socket.isReadable(within: .milliseconds(10)) { break }
        }
        #expect(status(of: socket.readToEnd()) == "408")
        // The server's clock for deadlines has a resolution of a millisecond.
        #expect(ContinuousClock.now - begin >= .milliseconds(148))
    }

    @Test(arguments: ["Content-Length: 100000", "Transfer-Encoding: chunked"])
    func `a body that drips is refused with 408`(framing: String) throws {
        let server = try TestServer {
            $0.bodyTimeout = .milliseconds(150)
            $0.bodyBytesPerSecondMin = 100_000
        }
        let socket = try RawSocket(port: server.port)
        socket.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
        let drip = framing.hasPrefix("T") ? "1\r\na\r\n" : "a"
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(5), socket.send(drip) {
            if socket.isReadable(within: .milliseconds(10)) { break }
        }
        #expect(status(of: socket.readToEnd()) == "408")
    }

    @Test func `a body that is slow but fast enough is taken`() throws {
        let server = try TestServer {
            $0.bodyTimeout = .milliseconds(200)
            $0.bodyBytesPerSecondMin = 1_000
        }
        let socket = try RawSocket(port: server.port)
        socket.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5000\r\n\r\n")
        // 250 bytes in 25 ms: ten times the least rate, and far longer than the timeout alone in sum.
        for _ in 0..<20 {
            socket.send([UInt8](repeating: 0x61, count: 250))
            if socket.isReadable(within: .milliseconds(25)) { break }
        }
        #expect(status(of: socket.readToEnd()) == "200")
    }

    @Test func `an idle connection is closed after its answer`() throws {
        let server = try TestServer { $0.idleTimeout = .milliseconds(50) }
        let socket = try RawSocket(port: server.port)
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(status(of: socket.readToEnd()) == "200")
    }

    @Test func `no deadline passes while the handler works`() throws {
        let server = try TestServer(
            configure: {
                $0.idleTimeout = .milliseconds(20)
                $0.headTimeout = .milliseconds(20)
                $0.bodyTimeout = .milliseconds(20)
            },
            handler: { _, responder in
                responder.loop.schedule(after: .milliseconds(200)) { responder.respond(status: 200) }
            })
        let socket = try RawSocket(port: server.port)
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(status(of: socket.readToEnd()) == "200")
    }

    @Test func `a peer that does not read its answer is cut off`() throws {
        let server = try TestServer(
            configure: { $0.writeTimeout = .milliseconds(100) },
            handler: { _, responder in
                responder.respond(status: 200, body: [UInt8](repeating: 0, count: 32 << 20))
            })
        let socket = try RawSocket(port: server.port, receiveBuffer: 4_096)
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(socket.isReadable(within: .seconds(20)))
        try server.waitForConnections(0)
    }

    // MARK: Number

    @Test func `requests over the pipeline's bound wait for answers`() throws {
        let waiting = Waiting()
        let server = try TestServer(
            configure: { $0.pipelinedRequestsMax = 4 },
            handler: { _, responder in
                waiting.add(responder)
                responder.loop.schedule(after: .milliseconds(1)) {
                    waiting.takeFirst()?.respond(status: 200, body: .init(text: "<>"))
                }
            })
        let socket = try RawSocket(port: server.port)
        socket.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 200))
        socket.endSending()
        let answers = try #require(socket.readToEnd())
        #expect(answers.split(separator: "<>").count == 200)
        #expect(waiting.most == 4)
    }

    @Test func `connections over their bound wait until one is closed`() throws {
        let server = try TestServer { $0.connectionsMax = 2 }
        var first: RawSocket? = try RawSocket(port: server.port)
        let second = try RawSocket(port: server.port)
        try server.waitForConnections(2)
        let third = try RawSocket(port: server.port)
        third.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(!third.isReadable(within: .milliseconds(100)))
        #expect(server.server.connectionCount == 2)
        withExtendedLifetime(first) {}
        first = nil
        #expect(status(of: third.readToEnd()) == "200")
        withExtendedLifetime(second) {}
    }

    @Test func `a paused server reads nothing and then everything`() throws {
        let server = try TestServer {
            $0.headTimeout = .milliseconds(300)
            $0.idleTimeout = .milliseconds(300)
        }
        let socket = try RawSocket(port: server.port)
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(socket.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
        server.server.pauseReading()
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let late = try RawSocket(port: server.port)
        late.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(!socket.isReadable(within: .milliseconds(500)))
        #expect(!late.isReadable(within: .zero))
        server.server.resumeReading()
        #expect(socket.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
        #expect(late.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
    }
}
