import Stepwell

/// A throttled function that does one thing at a time for each key: what a run costs whose key is one of ten, and one of ten
/// thousand, all of which have work that waits for the throttle.
enum BacklogKeysRow {
    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let few = try await cost(ofKeys: 10, settings)
        let many = try await cost(ofKeys: settings.million / 100, settings)
        return [
            Figure("backlog-keys.few.pick", few.pick, "µs/run"),
            Figure("backlog-keys.pick", many.pick, "µs/run"),
            Figure("backlog-keys.pick.growth", many.pick / few.pick, "times", atMost: 2),
            Figure("backlog-keys.enqueue.growth", many.enqueue / few.enqueue, "times", atMost: 2),
        ]
    }

    private static func cost(ofKeys count: Int, _ settings: BenchSettings) async throws -> Backlog.Cost {
        let server = try ServerProcess(settings, name: "backlog-keys")
        defer { server.remove() }
        try server.start()
        let worker = BacklogWorker(
            server, function: "queued", event: "bench/queued",
            .init(concurrency: .limit(1, key: "event.data.key"), throttle: .limit(1_000, per: .seconds(1))))
        try worker.start(server)
        await worker.stop()
        let backlog = Backlog(server, size: settings.million / 50) { number in
            "{\"name\":\"bench/queued\",\"data\":{\"key\":\"\(number % count)\"}}"
        }
        try backlog.fill()
        try await backlog.useUpAllowance(of: worker)
        return try await backlog.cost(of: worker, rounds: settings.rounds)
    }
}
