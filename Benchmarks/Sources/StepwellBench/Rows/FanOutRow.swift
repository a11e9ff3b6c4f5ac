import Glibc
import Stepwell

/// One step that sends a hundred thousand events, each of which starts a run.
enum FanOutRow {
    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "fan-out")
        defer { server.remove() }
        try server.start()
        let app = BenchApp(server: server) { functions($0) }
        let worker = try app.start(for: server)
        let count = settings.million / 10
        let crowd = try Crowd(server)
        try PlainClient(port: server.port).send(["{\"name\":\"bench/fan\",\"data\":{\"count\":\(count)}}"])
        try app.tally.waitForRuns(count)
        let figures = try crowd.figures("fan-out", runs: count)
        await worker.stop()
        guard app.tally.runs == count else { throw BenchFailure("\(count) events made \(app.tally.runs) runs") }
        return figures
    }

    private struct Count: Codable, Sendable { var count: Int }

    private static func functions(_ tally: Tally) -> [any DurableFunction] {
        [
            Function("fan", triggers: [.event("bench/fan")]) { event, step in
                let count = try event.data.decoded(as: Count.self).count
                let leaves = (0..<count).map {
                    OutgoingEvent(name: "bench/leaf", data: ["number": .integer(Int64($0))])
                }
                try await step.send("all", leaves)
            },
            Function("leaf", triggers: [.event("bench/leaf")]) { _, _ in tally.noteRun() },
        ]
    }
}
