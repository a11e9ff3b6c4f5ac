import Stepwell

/// What another app notices of the load of `http-steps`, which saturates the machine without being a mass: what is left to
/// waiting for a processor.
enum SteadyLoadRow {
    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "steady-load")
        defer { server.remove() }
        try server.start()
        let app = BenchApp(server: server)
        let worker = try app.start(for: server)
        let neighbour = try Neighbour(server)
        let begin = MonotonicClock.seconds
        let windows = try StepLoad(stepsPerRun: 10)
            .run(server, app.tally, windows: settings.rounds, seconds: settings.seconds)
        // The load, without its end.
        let seconds = 1 + Double(settings.rounds) * settings.seconds
        let others = try neighbour.milliseconds(from: begin, to: begin + seconds)
        await worker.stop()
        return [
            Figure("steady-load.rate", windows.map(\.rate).median, "steps/s"),
            Figure("steady-load.neighbour.p50", others.median, "ms"),
            Figure("steady-load.neighbour.p99", others.percentile(0.99), "ms"),
        ]
    }
}
