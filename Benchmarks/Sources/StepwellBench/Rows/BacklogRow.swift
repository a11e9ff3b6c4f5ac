import Stepwell

/// A function whose runs come faster than its limit lets them go: what it costs to put one more into the backlog, and to take
/// one out, as the backlog grows. Once under a throttle, and once, with the very same runs, under a limit on concurrency.
enum BacklogRow {
    private static let eventName = "bench/queued"

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "backlog")
        defer { server.remove() }
        try server.start()
        let limits: [(name: String, options: FunctionOptions)] = [
            ("throttled", .init(throttle: .limit(1_000, per: .seconds(1)))),
            ("limited", .init(concurrency: .limit(10))),
        ]
        let workers = limits.map { BacklogWorker(server, function: "queued", event: eventName, $0.options) }
        // The server must know the function before anything can wait for it.
        try workers[0].start(server)
        await workers[0].stop()

        let sizes = [1_000, 100, 10, 1].map { max(100, settings.million / $0) }
        var costs = [[Backlog.Cost]](repeating: [], count: limits.count)
        for size in sizes {
            let event = "{\"name\":\"\(eventName)\",\"data\":{\"key\":\"000000000000\"}}"
            let backlog = Backlog(server, size: size) { _ in event }
            try backlog.fill(slug: "\(BenchApp.id)-queued")
            try await backlog.useUpAllowance(of: workers[0])
            for (place, worker) in workers.enumerated() {
                costs[place].append(try await backlog.cost(of: worker, rounds: settings.rounds))
            }
        }
        return zip(limits, costs).flatMap { figures($0.name, sizes, $1) }
    }

    private static func figures(_ name: String, _ sizes: [Int], _ costs: [Backlog.Cost]) -> [Figure] {
        guard let first = costs.first, let last = costs.last else { return [] }
        let lines = zip(sizes, costs).flatMap { size, cost in
            [
                Figure("backlog.\(name).enqueue-\(size)", cost.enqueue, "µs/run"),
                Figure("backlog.\(name).pick-\(size)", cost.pick, "µs/run"),
            ]
        }
        // As much as the logarithm of the size grows by: from 10³ to 10⁶.
        return lines + [
            Figure("backlog.\(name).enqueue.growth", last.enqueue / first.enqueue, "times", atMost: 2),
            Figure("backlog.\(name).pick.growth", last.pick / first.pick, "times", atMost: 2),
        ]
    }
}
