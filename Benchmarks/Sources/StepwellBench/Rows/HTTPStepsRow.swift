import Stepwell

/// Runs of ten steps, a call for each, with a worker of the Swift SDK on the same machine.
enum HTTPStepsRow {
    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "http-steps")
        defer { server.remove() }
        try server.start()
        let app = BenchApp(server: server)
        let worker = try app.start(for: server)
        let windows = try StepLoad(stepsPerRun: 10)
            .run(server, app.tally, windows: settings.rounds, seconds: settings.seconds)
        await worker.stop()
        return [
            Figure("http-steps.rate", windows.map(\.rate).median, "steps/s", atLeast: 8_000),
            Figure("http-steps.cpu", windows.map(\.cpuMicrosecondsPerStep).median, "µs/step", atMost: 60),
        ]
    }
}
