import Glibc
import Stepwell

/// One request of an operator that cancels a hundred thousand sleeping runs.
enum BulkCancelRow {
    private static let patienceSeconds = 120.0

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "bulk-cancel")
        defer { server.remove() }
        try server.start()
        let worker = try BenchApp(server: server).start(for: server)
        let client = try PlainClient(port: server.port)
        let event = try client.send(["{\"name\":\"bench/sleep\",\"data\":{\"key\":\"000000000001\"}}"])
        try RunLookup(server, client).wait(event: event.first ?? "", pending: "sleep")
        server.stop()
        let count = settings.million / 10
        try server.clone(count, of: "\(BenchApp.id)-sleeper")
        try server.start()

        let crowd = try Crowd(server)
        try cancelAll(of: "\(BenchApp.id)-sleeper", server)
        let figures = try crowd.figures("bulk-cancel", runs: count)
        let left = try server.unfinishedRuns()
        // The neighbour's own run may be under way.
        guard left <= 1 else { throw BenchFailure("\(left) runs were not cancelled") }
        await worker.stop()
        return figures
    }

    /// Begins the work, and waits for its end.
    private static func cancelAll(of function: String, _ server: ServerProcess) throws {
        let client = try PlainClient(port: server.port)
        let headers = [("Authorization", "Bearer \(try server.operatorToken())")]
        let begun = try client.post(
            "/api/bulk", body: "{\"action\":\"cancel\",\"filter\":{\"function\":\"\(function)\"}}", headers: headers)
        guard begun.status == 200, let id = try begun.json()["id"]?.string else {
            throw BenchFailure("it was answered with \(begun.status): \(String(decoding: begun.body, as: UTF8.self))")
        }
        let end = MonotonicClock.seconds + patienceSeconds
        while MonotonicClock.seconds < end {
            let state = try client.get("/api/bulk/\(id)", headers: headers).json()["state"]?.string
            if state != "running" { return }
            usleep(5_000)
        }
        throw BenchFailure("the runs were not cancelled within \(patienceSeconds) s")
    }
}
