import Glibc
import Stepwell

/// A function that does one thing at a time for each key, of whose keys one has nine tenths of all events: what the others
/// notice of its backlog.
enum HotKeyRow {
    private static let eventsPerRequest = 10
    private static let pauseMicroseconds: UInt32 = 4_000

    private struct Cold {
        var milliseconds: [Double]
        /// Of the server, for each run that ended, hot ones included.
        var cpuMicroseconds: Double
    }

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "hot-key")
        defer { server.remove() }
        try server.start()
        let app = BenchApp(server: server) { [function($0)] }
        let worker = try app.start(for: server)
        let keys = settings.million / 100
        _ = try sendCold("warm", keys / 10, server, app.tally)
        let alone = try sendCold("alone", keys / 3, server, app.tally)
        try PlainClient(port: server.port)
            .send("{\"name\":\"bench/keyed\",\"data\":{\"key\":\"hot\"}}", times: 9 * keys)
        let beside = try sendCold("beside", keys, server, app.tally)
        // Had the hot key's backlog gone before, there would have been nothing to be beside of.
        let left = try server.unfinishedRuns()
        guard left > keys else { throw BenchFailure("only \(left) runs of the hot key were left at the end") }
        await worker.stop()
        return [
            Figure("hot-key.cold.alone.p50", alone.milliseconds.median, "ms"),
            Figure("hot-key.cold.alone.p99", alone.milliseconds.percentile(0.99), "ms"),
            Figure("hot-key.cold.p50", beside.milliseconds.median, "ms"),
            Figure("hot-key.cold.p99", beside.milliseconds.percentile(0.99), "ms"),
            Figure("hot-key.cold.ratio", beside.milliseconds.median / alone.milliseconds.median, "times", atMost: 1.5),
            Figure("hot-key.cpu.alone", alone.cpuMicroseconds, "µs/run"),
            Figure("hot-key.cpu", beside.cpuMicroseconds, "µs/run"),
        ]
    }

    private struct Keyed: Codable, Sendable {
        var key: String
        var id: String?
    }

    private static func function(_ tally: Tally) -> any DurableFunction {
        Function(
            "keyed", triggers: [.event("bench/keyed")],
            options: .init(concurrency: .limit(1, key: "event.data.key"))
        ) { event, _ in
            if let id = try event.data.decoded(as: Keyed.self).id { tally.note(id) }
            tally.noteRun()
        }
    }

    /// An event for each of so many keys, at a pace that the server keeps up with, and the time until each one's run is done.
    private static func sendCold(
        _ round: String, _ count: Int, _ server: ServerProcess, _ tally: Tally
    ) throws -> Cold {
        let client = try PlainClient(port: server.port)
        let runsBefore = tally.runs
        let cpuBefore = try server.facts().cpuSeconds()
        var sent: [(id: String, begin: ContinuousClock.Instant)] = []
        for first in stride(from: 0, to: count, by: eventsPerRequest) {
            let begin = ContinuousClock.now
            let numbers = first..<min(first + eventsPerRequest, count)
            try client.send(
                numbers.map { "{\"name\":\"bench/keyed\",\"data\":{\"key\":\"cold-\($0)\",\"id\":\"\(round)-\($0)\"}}" }
            )
            sent += numbers.map { ("\(round)-\($0)", begin) }
            usleep(pauseMicroseconds)
        }
        let milliseconds = try sent.map { id, begin in
            begin.duration(to: try tally.waitForMoment(id, within: 60)).seconds * 1_000
        }
        let cpuSeconds = try server.facts().cpuSeconds() - cpuBefore
        return Cold(milliseconds: milliseconds, cpuMicroseconds: cpuSeconds * 1e6 / Double(tally.runs - runsBefore))
    }
}
