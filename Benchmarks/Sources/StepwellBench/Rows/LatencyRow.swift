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
        let worker = try await app.start(for: server)
        let client = try PlainClient(port: server.port)
        let authorization = ("Authorization", "Bearer \(try server.operatorToken())")
        for _ in 0..<20 { _ = try once(client, authorization) }
        var milliseconds: [Double] = []
        var syncs: [Double] = []
        for _ in 0..<runs {
            let syncsBefore = server.syncs.count
            milliseconds.append(try once(client, authorization) * 1_000)
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

    /// Asks for the run until it is finished; an answer that has not changed is held back until it does.
    private static func once(_ client: PlainClient, _ authorization: (String, String)) throws -> Double {
        let begin = ContinuousClock.now
        guard let event = try client.send([IngestOneRow.event]).first else { throw BenchFailure("no id came back") }
        var headers = [authorization]
        while true {
            let answer = try client.get("/api/runs?event=\(event)&wait=10s", headers: headers)
            let text = String(decoding: answer.body, as: UTF8.self)
            if text.contains("\"status\":\"completed\"") { return begin.duration(to: .now).seconds }
            guard answer.status == 200, let tag = answer.tag else {
                throw BenchFailure("the run has not finished: \(answer.status) \(text)")
            }
            headers = [authorization, ("If-None-Match", tag)]
        }
    }
}
