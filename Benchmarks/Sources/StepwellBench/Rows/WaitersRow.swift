import Glibc
import Stepwell

/// A million runs that wait for one event name, each for another value: from an event to the call of the run it resumes.
enum WaitersRow {
    private static let samples = 20

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "waiters-million")
        defer { server.remove() }
        try server.start()
        let app = BenchApp(server: server)
        let worker = try app.start(for: server)
        let client = try PlainClient(port: server.port)
        let event = try client.send(["{\"name\":\"bench/wait\",\"data\":{\"key\":\"000000000000\"}}"])
        try RunLookup(server, client).wait(event: event.first ?? "", pending: "wait_for_event")
        server.stop()
        try server.clone(settings.million, of: "\(BenchApp.id)-waiter")

        let started = try server.start()
        guard try server.unfinishedRuns() == settings.million + 1 else { throw BenchFailure("runs are missing") }
        let resident = try server.facts().residentMegabytes()
        let resumed = try (1...samples).map { try resume($0, of: settings.million, server, app.tally) }
        await worker.stop()
        return [
            Figure("waiters-million.resume.p50", resumed.median, "ms", atMost: 10),
            Figure("waiters-million.resume.max", resumed.max() ?? .nan, "ms"),
            Figure("waiters-million.resident", resident, "MB"),
            Figure("waiters-million.restart", started, "s"),
        ]
    }

    /// Sends the event for one of the waiters, from all over the backlog.
    private static func resume(_ sample: Int, of million: Int, _ server: ServerProcess, _ tally: Tally) throws -> Double
    {
        let digits = String(1 + sample * (million / (samples + 1)))
        let key = String(repeating: "0", count: 12 - digits.count) + digits
        let client = try PlainClient(port: server.port)
        let begin = ContinuousClock.now
        try client.send(["{\"name\":\"bench/reply\",\"data\":{\"key\":\"\(key)\"}}"])
        while begin.duration(to: .now) < .seconds(10) {
            if let moment = tally.moment(key) { return begin.duration(to: moment).seconds * 1_000 }
            usleep(200)
        }
        throw BenchFailure("no run has gone on after the event for \(key)")
    }
}
