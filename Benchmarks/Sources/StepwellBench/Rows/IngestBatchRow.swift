/// Events in arrays of 100 that start nothing.
enum IngestBatchRow {
    private static let size = 100

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "ingest-batch")
        defer { server.remove() }
        try server.start()
        let event = IngestOneRow.event.replacing("bench/one", with: "bench/none")
        let body = "[\(Array(repeating: event, count: size).joined(separator: ","))]"
        let facts = try server.facts()
        var rates: [Double] = []
        var costs: [Double] = []
        for _ in 0..<settings.rounds {
            let load = LoadGenerator(port: server.port, request: Request.post(Request.eventPath, body: body))
            let window = try load.run(seconds: settings.seconds) { try facts.cpuSeconds() }
            rates.append(window.rate * Double(size))
            costs.append((window.after - window.before) * 1e6 / Double(max(1, window.answers * size)))
        }
        return [
            Figure("ingest-batch.rate", rates.median, "events/s", atLeast: 100_000),
            Figure("ingest-batch.cpu", costs.median, "µs/event"),
        ]
    }
}
