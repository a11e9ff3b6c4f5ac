import Testing

@testable import StepwellHTTP

/// Valid messages with random damage: whatever comes, both sides answer or end, and live on. A failing seed names itself.
struct MutationTests {
    /// SplitMix64: the same seed gives the same bytes everywhere.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    private static let interesting: [UInt8] = [
        0, 9, 10, 13, 32, 0x30, 0x39, 0x3a, 0x3b, 0x2c, 0x2d, 0x2b, 0x7f, 0x80, 0xff,
    ]

    private static func mutate(_ message: String, _ generator: inout Generator) -> [UInt8] {
        var bytes = Array(message.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            let byte = interesting.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[index] = byte
            case 1: bytes.insert(byte, at: index)
            case 2: bytes.remove(at: index)
            case 3: bytes = Array(bytes[..<max(1, index)])
            default:
                let end = min(bytes.count, index + Int.random(in: 1...20, using: &generator))
                bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            }
        }
        return bytes
    }

    /// Random pieces of the bytes, in order.
    private static func split(_ bytes: [UInt8], _ generator: inout Generator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &generator))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }

    private static let requests = [
        "GET /a?b=c HTTP/1.1\r\nHost: a:80\r\nAccept: text/plain, */*\r\nConnection: keep-alive\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nhello, world",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n7\r\n, world\r\n0\r\nA: b\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    ]

    @Test func `two thousand damaged requests leave the server sound`() throws {
        let handled = Counter()
        let server = try TestServer(
            configure: { $0.lingerTimeout = .milliseconds(20) },
            handler: { request, responder in
                handled.add(1)
                responder.respond(status: 200, body: request.body)
            })
        for seed in UInt64(0)..<2_000 {
            var generator = Generator(state: seed)
            let text = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                Self.requests.randomElement(using: &generator) ?? ""
            }
            let socket = try RawSocket(port: server.port)
            for piece in Self.split(Self.mutate(text.joined(), &generator), &generator) where !socket.send(piece) {
                break
            }
            socket.endSending()
            let answer = try #require(socket.readToEnd(), "seed \(seed): the connection stays open")
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 "), "seed \(seed): \(answer)")
        }
        #expect(handled.value > 200)
        try server.waitForConnections(0)
    }

    private static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nhello, world",
        "HTTP/1.1 206 X\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n7\r\n, world\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nConnection: close\r\n\r\nhello",
        "HTTP/1.0 500 Oops\r\nContent-Encoding: identity\r\n\r\nhello",
    ]

    @Test func `five hundred damaged answers leave the client sound`() async throws {
        let server = try ScriptedServer { socket, index in
            _ = socket.read(until: "\r\n\r\n")
            var generator = Generator(state: UInt64(index))
            let answer = Self.answers.randomElement(using: &generator) ?? ""
            for piece in Self.split(Self.mutate(answer, &generator), &generator) where !socket.send(piece) { break }
        }
        let client = try TestClient()
        var outcomes: [String: Int] = [:]
        for _ in 0..<500 {
            do {
                let response = try await client.client.response(to: server.request())
                outcomes["\(response.status.code >= 200)", default: 0] += 1
            } catch {
                guard error as? HTTPClientError != .timeout else { throw error }
                outcomes["failed", default: 0] += 1
            }
        }
        #expect(outcomes["true", default: 0] > 50)
        #expect(outcomes["failed", default: 0] > 50)
        #expect(outcomes["false"] == nil)
    }
}
