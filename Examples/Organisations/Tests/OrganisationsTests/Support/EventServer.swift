import Foundation
import Stepwell
import Synchronization

/// The event API of a server, over a real socket: keeps what it is sent and answers as the protocol has it.
final class EventServer: Sendable {
    struct Received: Hashable, Decodable {
        let id: String?
        let name: String
        let data: [String: String]
    }

    private let worker: Worker
    private let log: Log

    init() throws {
        let log = Log()
        self.log = log
        // The built-in server of the SDK, with nothing but routes of our own.
        worker = try App(client: .test(url: "http://127.0.0.1:1"), functions: []).start(port: 0) { request in
            guard request.path.hasPrefix("/e/") else { return nil }
            return log.answer(request)
        }
    }

    var url: String { "http://127.0.0.1:\(worker.port)" }
    var received: [Received] { log.entries.withLock { $0 } }

    func stop() async { await worker.stop() }

    private final class Log: Sendable {
        let entries = Mutex<[Received]>([])

        func answer(_ request: ServeRequest) -> ServeResponse {
            do {
                let events = try request.decoded(as: [Received].self)
                entries.withLock { $0 += events }
                return try .json(Answer(ids: events.indices.map { "01TEST\($0)" }, status: 200))
            } catch {
                return .text("\(error)", status: 400)
            }
        }
    }

    private struct Answer: Encodable {
        let ids: [String]
        let status: Int
    }
}

extension Client {
    /// A client of a server without keys at `url`, which says nothing.
    static func test(url: String) -> Client {
        Client(id: "organisations", isDev: true, baseURL: url, log: Log(level: .error) { _ in })
    }
}
