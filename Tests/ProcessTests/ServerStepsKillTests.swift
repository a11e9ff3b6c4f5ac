import Foundation
import Stepwell
import StepwellHTTP
import Synchronization
import Testing

struct Fetched: Event {
    static let name = "test/fetched"
}

struct Note: Codable, Sendable {
    var text: String
}

/// Steps that the server does itself, under `kill -9`.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ServerStepsKillTests {
    /// Somebody else's server: it never answers the first request.
    private final class Site: Sendable {
        let loop: EventLoop
        let url: String
        private let server: HTTPServer
        private let requests: Requests

        private final class Requests: Sendable {
            let held = Mutex<[HTTPResponder]>([])
            let count = Atomic<Int>(0)
        }

        init() throws {
            let requests = Requests()
            self.requests = requests
            loop = try EventLoop()
            server = HTTPServer(loops: [loop]) { _, responder in
                let number = requests.count.add(1, ordering: .relaxed).newValue
                if number == 1 { return requests.held.withLock { $0.append(responder) } }
                responder.respond(status: 200, body: Array("answer \(number)".utf8))
            }
            url = "http://127.0.0.1:\(try server.bind(host: "127.0.0.1", port: 0).port)/"
        }

        deinit { loop.stop() }

        var count: Int { requests.count.load(ordering: .relaxed) }
    }

    @Test func `a request is recorded once, a signal finds its run, and what was deferred begins, through two kills`()
        async throws
    {
        let site = try Site()
        let server = try ServerUnderTest()
        defer { server.remove() }
        try await server.start()
        let client = Client(
            id: "steps", eventKey: ServerUnderTest.eventKey, signingKey: ServerUnderTest.signingKey, isDev: false,
            baseURL: server.address)
        let url = site.url
        let later = Function("later", input: Note.self, triggers: [.deferred]) { event, _ in event.data.text }
        let fetch = Function("fetch", on: Fetched.self) { _, step in
            try step.defer("later", later, with: Note(text: "afterwards"))
            let answer = try await step.fetch("get", url)
            let word = try await step.waitForSignal("word", signal: "go", as: String.self, timeout: .seconds(600))
            return "\(answer.body), \(word ?? "no word")"
        }
        let worker = try App(client: client, functions: [fetch, later]).start(port: 0)
        while (try await server.get("/api/functions")["data"] as? [Any] ?? []).isEmpty {
            try await Task.sleep(for: .milliseconds(10))
        }
        try await client.send(Fetched())
        while site.count == 0 { try await Task.sleep(for: .milliseconds(5)) }
        server.kill()
        try await server.start()
        while try await pending(server) != "wait_for_signal" { try await Task.sleep(for: .milliseconds(10)) }
        server.kill()
        try await server.start()
        let run = try await client.sendSignal("go", data: "done")
        // Both the run and what it deferred until its end.
        while try await runs(server).count(where: { $0["status"] as? String == "completed" }) < 2 {
            try await Task.sleep(for: .milliseconds(10))
        }
        let ended = try await runs(server)
        await worker.stop()
        #expect(ended.map { $0["output"] as? String } == ["afterwards", "answer 2, done"])
        #expect(ended.last?["id"] as? String == run)
        #expect(site.count == 2)
    }

    private func runs(_ server: ServerUnderTest) async throws -> [[String: Any]] {
        try await server.get("/api/runs?output=true")["data"] as? [[String: Any]] ?? []
    }

    /// What the one run waits for.
    private func pending(_ server: ServerUnderTest) async throws -> String? {
        guard let id = try await runs(server).first?["id"] as? String else { return nil }
        let detail = try await server.get("/api/runs/\(id)")
        return (detail["pending"] as? [[String: Any]])?.first?["kind"] as? String
    }
}
