import Stepwell

/// What a step costs the server as its file grows, and as its run grows.
enum CostGrowthRow {
    private static let fewFinished = 10_000

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "cost-growth")
        defer { server.remove() }
        try server.start()
        let app = BenchApp(server: server)
        let worker = try app.start(for: server)
        try PlainClient(port: server.port).send([IngestOneRow.event])
        try server.waitUntilFinished()

        let bySteps = try stepFigures(server, app.tally, settings)
        let few = try cost(withFinished: fewFinished, server, app.tally, settings)
        let many = try cost(withFinished: settings.million - fewFinished, server, app.tally, settings)
        await worker.stop()
        return bySteps + [
            Figure("cost-growth.finished-few", few, "µs/step"),
            Figure("cost-growth.finished-million", many, "µs/step"),
            // One tenth is what windows of the same server differ by.
            Figure("cost-growth.finished.growth", many / few, "times", atMost: 1.1),
        ]
    }

    /// Adds finished runs to the file, and measures the ten-step function beside them.
    private static func cost(
        withFinished count: Int, _ server: ServerProcess, _ tally: Tally, _ settings: BenchSettings
    ) throws -> Double {
        server.stop()
        try server.clone(count, of: "\(BenchApp.id)-one")
        try server.start()
        let windows = try StepLoad(stepsPerRun: 10)
            .run(server, tally, windows: settings.rounds, seconds: settings.seconds)
        return windows.map(\.cpuMicrosecondsPerStep).median
    }

    /// A call carries all results before it, so a step of a long run costs more; but no more than its payload grows.
    private static func stepFigures(
        _ server: ServerProcess, _ tally: Tally, _ settings: BenchSettings
    ) throws -> [Figure] {
        var figures: [Figure] = []
        var first: StepLoad.Window?
        for steps in [10, 100, 500] {
            let windows = try StepLoad(runs: steps > 100 ? 20 : 100, stepsPerRun: steps)
                .run(server, tally, windows: 1, seconds: settings.seconds)
            guard let window = windows.first else { continue }
            figures.append(Figure("cost-growth.steps-\(steps)", window.cpuMicrosecondsPerStep, "µs/step"))
            figures.append(Figure("cost-growth.steps-\(steps).payload", window.bytesPerStep, "bytes/step"))
            guard let first else {
                first = window
                continue
            }
            let growth = window.cpuMicrosecondsPerStep / first.cpuMicrosecondsPerStep
            let payload = window.bytesPerStep / first.bytesPerStep
            figures.append(Figure("cost-growth.steps-\(steps).growth", growth / payload, "of payload's", atMost: 1))
        }
        return figures
    }
}
