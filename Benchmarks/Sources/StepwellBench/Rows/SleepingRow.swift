import Glibc
import Stepwell

/// A million sleeping runs: what they hold in memory, and how soon after a kill a run that is due goes on.
enum SleepingRow {
    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "sleeping-million")
        defer { server.remove() }
        try server.start()
        let app = BenchApp(server: server)
        let worker = try app.start(for: server)
        try putToSleep("000000000001", server)
        server.stop()
        try server.clone(settings.million, of: "\(BenchApp.id)-sleeper")

        try server.start()
        guard try server.unfinishedRuns() == settings.million + 1 else { throw BenchFailure("runs are missing") }
        var dispatched: [Double] = []
        for round in 0..<settings.rounds {
            let key = "9\(round)"
            try putToSleep(key, server)
            server.kill()
            // The nap ends while there is no server.
            usleep(1_200_000)
            let begin = ContinuousClock.now
            try server.start()
            dispatched.append(try waitFor(key, app.tally, since: begin))
        }
        // After it has settled, as it would stay for a month.
        usleep(1_000_000)
        let resident = try server.facts().residentMegabytes()
        await worker.stop()
        return [
            Figure("sleeping-million.resident", resident, "MB", atMost: 300),
            Figure("sleeping-million.restart", dispatched.median, "s", atMost: 2),
        ]
    }

    /// Starts a run, and waits until it sleeps.
    private static func putToSleep(_ key: String, _ server: ServerProcess) throws {
        let client = try PlainClient(port: server.port)
        let event = try client.send(["{\"name\":\"bench/sleep\",\"data\":{\"key\":\"\(key)\"}}"])
        try RunLookup(server, client).wait(event: event.first ?? "", pending: "sleep")
    }

    private static func waitFor(_ key: String, _ tally: Tally, since begin: ContinuousClock.Instant) throws -> Double {
        while begin.duration(to: .now) < .seconds(60) {
            if let moment = tally.moment(key) { return begin.duration(to: moment).seconds }
            usleep(1_000)
        }
        throw BenchFailure("the run that was due has not gone on within a minute")
    }
}
