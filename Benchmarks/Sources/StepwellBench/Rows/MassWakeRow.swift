import FoundationEssentials
import Glibc
import Stepwell

/// A hundred thousand runs that go on at the same moment: sleepers whose time has come, and waiters for one event.
enum MassWakeRow {
    /// Between the moment that the sleepers are made for and now: they must all be there before.
    private static let secondsAhead = 8.0

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        try await sleepers(settings) + waiters(settings)
    }

    private static func sleepers(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "mass-wake")
        defer { server.remove() }
        let due = MonotonicClock.seconds + secondsAhead
        let milliseconds = Int((Date().timeIntervalSince1970 + secondsAhead) * 1_000)
        let app = BenchApp(server: server) { functions($0) }
        let worker = try await prepare(
            server, app, "sleeping-until", "{\"name\":\"bench/sleep-until\",\"data\":{\"until\":\(milliseconds)}}",
            pending: "sleep", count: settings.million / 10)
        let crowd = try Crowd(server, at: due)
        guard MonotonicClock.seconds < due else {
            throw BenchFailure("the sleepers were due before all was ready")
        }
        try app.tally.waitForRuns(settings.million / 10 + 1)
        let figures = try crowd.figures("mass-wake.sleepers", runs: settings.million / 10)
        await worker.stop()
        return figures
    }

    private static func waiters(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "mass-wake")
        defer { server.remove() }
        let app = BenchApp(server: server) { functions($0) }
        let worker = try await prepare(
            server, app, "waiting-for-all", "{\"name\":\"bench/wait-for-all\",\"data\":{}}", pending: "wait_for_event",
            count: settings.million / 10)
        let crowd = try Crowd(server)
        try PlainClient(port: server.port).send(["{\"name\":\"bench/all\",\"data\":{}}"])
        try app.tally.waitForRuns(settings.million / 10 + 1)
        let figures = try crowd.figures("mass-wake.waiters", runs: settings.million / 10)
        await worker.stop()
        return figures
    }

    /// A server whose file has one run that waits, and so many copies of it.
    private static func prepare(
        _ server: ServerProcess, _ app: BenchApp, _ function: String, _ event: String, pending kind: String, count: Int
    ) async throws -> Worker {
        try server.start()
        let worker = try app.start(for: server)
        let client = try PlainClient(port: server.port)
        try RunLookup(server, client).wait(event: try client.send([event]).first ?? "", pending: kind)
        server.stop()
        try server.clone(count, of: "\(BenchApp.id)-\(function)")
        try server.start()
        guard try server.unfinishedRuns() == count + 1 else { throw BenchFailure("runs are missing") }
        return worker
    }

    private struct Until: Codable, Sendable { var until: Int }

    private static func functions(_ tally: Tally) -> [any DurableFunction] {
        [
            Function("sleeping-until", triggers: [.event("bench/sleep-until")]) { event, step in
                let milliseconds = try event.data.decoded(as: Until.self).until
                try await step.sleep("nap", until: Date(timeIntervalSince1970: Double(milliseconds) / 1_000))
                tally.noteRun()
            },
            Function("waiting-for-all", triggers: [.event("bench/wait-for-all")]) { _, step in
                _ = try await step.waitForEvent("reply", named: "bench/all", timeout: .seconds(30 * 86_400))
                tally.noteRun()
            },
        ]
    }
}
