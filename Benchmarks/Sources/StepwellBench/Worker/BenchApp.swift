import Stepwell

/// The worker of all rows: the Swift SDK in this process, while the server is another one.
struct BenchApp {
    let tally = Tally()
    private let app: App

    static let id = "bench"

    /// - Parameter own: functions that only this row has, beside those of all rows.
    init(server: ServerProcess, own: (Tally) -> [any DurableFunction] = { _ in [] }) {
        let client = Client(
            id: Self.id, eventKey: ServerProcess.eventKey, signingKey: ServerProcess.signingKey, isDev: false,
            baseURL: server.url,
            log: Log(level: .error) { entry in Console.line("worker: \(entry.message) \(entry.facts)") })
        app = App(client: client, functions: Self.functions(tally) + own(tally))
    }

    /// Starts serving, and waits until the server knows the functions.
    /// - Parameter port: where it was before, if it was; 0 for any.
    func start(for server: ServerProcess, port: Int = 0) throws -> Worker {
        let worker = try app.start(port: port)
        try PlainClient(port: server.port).waitForApp(":\(worker.port)/", token: try server.operatorToken())
        return worker
    }

    private struct Steps: Codable, Sendable { var steps: Int }
    private struct Keyed: Codable, Sendable { var key: String }

    /// What a step returns: a small record, as many steps do.
    private struct Result: Codable, Sendable {
        var place: Int
        var note = "a result of about one hundred bytes, which every later call of the run carries along"
    }

    private static func functions(_ tally: Tally) -> [any DurableFunction] {
        [
            Function("one", triggers: [.event("bench/one")]) { _, step in
                try await step.run("only") { true }
            },
            Function("steps", triggers: [.event("bench/steps")]) { event, step in
                let count = try event.data.decoded(as: Steps.self).steps
                for place in 0..<count {
                    _ = try await step.run("step-\(place)") {
                        tally.noteStep()
                        return Result(place: place)
                    }
                }
                tally.noteRun()
            },
            Function("sleeper", triggers: [.event("bench/sleep")]) { event, step in
                let key = try event.data.decoded(as: Keyed.self).key
                // A key that begins with 9 is of a run that is due while the row is measured.
                try await step.sleep("nap", for: key.hasPrefix("9") ? .seconds(1) : .seconds(30 * 86_400))
                tally.note(key)
            },
            Function("waiter", triggers: [.event("bench/wait")]) { event, step in
                let key = try event.data.decoded(as: Keyed.self).key
                _ = try await step.waitForEvent(
                    "reply", named: "bench/reply", if: "event.data.key == async.data.key",
                    timeout: .seconds(30 * 86_400))
                tally.note(key)
            },
        ]
    }
}
