import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@testable import StepwellHTTP

/// A real server on a free port of the loopback interface, with a loop of its own.
final class TestServer: Sendable {
    let loop: EventLoop
    let server: HTTPServer
    let port: UInt16

    init(
        configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        handler: @escaping HTTPServer.Handler = TestServer.echo
    ) throws {
        var configuration = HTTPServerConfiguration()
        configure(&configuration)
        loop = try EventLoop()
        server = HTTPServer(loops: [loop], configuration: configuration, handler: handler)
        port = try server.bind(host: "127.0.0.1", port: 0).port
    }

    deinit { loop.stop() }

    /// Answers with what the request said: method and target as a header, the body as the body.
    static let echo: HTTPServer.Handler = { request, responder in
        responder.respond(
            status: 200, headers: ["X-Line": "\(request.method) \(request.target)"], body: request.body)
    }

    func url(_ target: String = "/") throws -> HTTPURL { try HTTPURL("http://127.0.0.1:\(port)\(target)") }
}

/// A real client with a loop of its own.
final class TestClient: Sendable {
    let loop: EventLoop
    let client: HTTPClient

    init(configure: (inout HTTPClientConfiguration) -> Void = { _ in }) throws {
        var configuration = HTTPClientConfiguration()
        configure(&configuration)
        loop = try EventLoop()
        client = HTTPClient(loop: loop, configuration: configuration)
    }

    deinit { loop.stop() }
}

extension [UInt8] {
    init(text: String) { self = Array(text.utf8) }
    var text: String { String(decoding: self, as: UTF8.self) }
}

/// What was waited for did not come within 20 s.
struct NeverHappened: Error {
    let what: String
}

extension TestServer {
    /// Waits until so many connections are open. Blocks the thread: the pool's few threads are held by other tests, and what
    /// is tested here is measured in milliseconds.
    func waitForConnections(_ count: Int) throws {
        let end = ContinuousClock.now + .seconds(20)
        while server.connectionCount != count {
            guard ContinuousClock.now < end else { throw NeverHappened(what: "\(count) connections") }
            usleep(2_000)
        }
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    @discardableResult
    func add(_ number: Int) -> Int { count.add(number, ordering: .sequentiallyConsistent).newValue }

    var value: Int { count.load(ordering: .sequentiallyConsistent) }
}
