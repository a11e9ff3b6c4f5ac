import StepwellHTTP
import StepwellModel
import Synchronization

@testable import Stepwell

/// A server over real HTTP that keeps what it was sent and answers what it is told to.
final class ProtocolServer: Sendable {
    struct Request: Sendable {
        let method: String
        let target: String
        let headers: HTTPHeaders
        let body: [UInt8]

        var json: RawJSON? { try? RawJSON(validating: body) }
    }

    typealias Answer = @Sendable (Request, _ count: Int) -> (status: HTTPStatus, body: String)

    let url: String
    private let loop: EventLoop
    private let server: HTTPServer
    private let log: RequestLog

    init(_ answer: @escaping Answer) throws {
        let log = RequestLog()
        self.log = log
        loop = try EventLoop()
        server = HTTPServer(loops: [loop]) { request, responder in
            let request = Request(
                method: request.method.name, target: request.target, headers: request.headers, body: request.body)
            let (status, body) = answer(request, log.add(request))
            responder.respond(status: status, headers: ["Content-Type": "application/json"], body: Array(body.utf8))
        }
        let address = try server.bind(host: "127.0.0.1", port: 0)
        url = "http://127.0.0.1:\(address.port)"
    }

    var requests: [Request] { log.requests }

    func stop() async {
        await server.stop()
        loop.stop()
    }

    private final class RequestLog: Sendable {
        private let state = Mutex<[Request]>([])

        var requests: [Request] { state.withLock { $0 } }

        /// Adds a request; returns how many there were before.
        func add(_ request: Request) -> Int {
            state.withLock { state in
                state.append(request)
                return state.count - 1
            }
        }
    }

    /// Starts a server, and stops it when `body` is done.
    static func run<Result>(_ answer: @escaping Answer, _ body: (ProtocolServer) async throws -> Result) async throws
        -> Result
    {
        let server = try ProtocolServer(answer)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }
}

extension Client {
    /// A client without the process's environment, and silent.
    static func test(_ environment: [String: String] = ["INNGEST_DEV": "1"], url: String? = nil, log: Log? = nil)
        -> Client
    {
        Client(id: "app", environment: environment, log: log ?? Log(level: .error) { _ in }) { settings in
            if let url { (settings.apiURL, settings.eventURL) = (url, url) }
        }
    }
}
