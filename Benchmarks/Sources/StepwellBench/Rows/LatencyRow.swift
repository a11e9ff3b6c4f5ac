import Glibc
import Stepwell

/// One run of one step at a time: from before the event is sent until a client has seen that the run is finished.
enum LatencyRow {
    private static let runs = 300

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "latency-one-step")
        defer { server.remove() }
        try server.start()
        let app = BenchApp(server: server)
        let worker = try app.start(for: server)
        let probe = OneStepProbe(try PlainClient(port: server.port), token: try server.operatorToken())
        for _ in 0..<20 { _ = try probe.run() }
        var milliseconds: [Double] = []
        var syncs: [Double] = []
        for _ in 0..<runs {
            let syncsBefore = server.syncs.count
            milliseconds.append(try probe.run() * 1_000)
            syncs.append(Double(server.syncs.count - syncsBefore))
            usleep(3_000)
        }
        await worker.stop()
        return [
            Figure("latency-one-step.p50", milliseconds.median, "ms", atMost: 3),
            Figure("latency-one-step.p99", milliseconds.percentile(0.99), "ms", atMost: 15),
            Figure("latency-one-step.syncs", syncs.median, "syncs/run", atMost: 3),
            // Now and then the log is moved into the file, which takes further syncs.
            Figure("latency-one-step.syncs.mean", syncs.reduce(0, +) / Double(runs), "syncs/run"),
        ]
    }
}
