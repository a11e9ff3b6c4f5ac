import Glibc
import Stepwell

/// So many runs that wait for a worker, but for those that are taken out and put in again to see what that costs.
struct Backlog {
    /// Of the server's CPU, in microseconds a run.
    struct Cost {
        var enqueue: Double
        var pick: Double
    }

    let server: ServerProcess
    let size: Int
    /// The event that puts a run in; the number goes up.
    let event: (Int) -> String
    /// Taken out in each round, of which the first and last tenth are not measured.
    private let runsPerRound: Int

    init(_ server: ServerProcess, size: Int, event: @escaping (Int) -> String) {
        self.server = server
        self.size = size
        self.event = event
        runsPerRound = min(500, size)
    }

    /// - Parameter slug: of the function, whose newest run is copied when very many are missing.
    func fill(slug: String? = nil) throws {
        let missing = size - runsPerRound - (try server.unfinishedRuns())
        guard let slug, missing > 200_000 else { return try send(missing, perRequest: 1_000) }
        server.stop()
        try server.clone(missing, of: slug)
        try server.start()
    }

    /// A throttle that was not used for a second lets a second's runs go at once: they must not be among those that are
    /// measured.
    func useUpAllowance(of worker: BacklogWorker) async throws {
        _ = try await cost(of: worker, rounds: 3)
    }

    func cost(of worker: BacklogWorker, rounds: Int) async throws -> Cost {
        var enqueues: [Double] = []
        var picks: [Double] = []
        for _ in 0..<rounds {
            enqueues.append(try enqueue())
            picks.append(try await pick(worker))
        }
        return Cost(enqueue: enqueues.median, pick: picks.median)
    }

    /// While no worker is there.
    private func enqueue() throws -> Double {
        let missing = size - (try server.unfinishedRuns())
        let before = try server.facts().cpuSeconds()
        try send(missing, perRequest: 100)
        return (try server.facts().cpuSeconds() - before) * 1e6 / Double(missing)
    }

    private func pick(_ worker: BacklogWorker) async throws -> Double {
        let tally = worker.app.tally
        let runsAtStart = tally.runs
        try worker.start(server)
        let margin = runsPerRound / 10
        try tally.waitForRuns(runsAtStart + margin)
        let runsBefore = tally.runs
        let before = try server.facts().cpuSeconds()
        try tally.waitForRuns(runsAtStart + runsPerRound - margin)
        let used = try server.facts().cpuSeconds() - before
        let runs = tally.runs - runsBefore
        await worker.stop()
        return used * 1e6 / Double(runs)
    }

    private func send(_ count: Int, perRequest: Int) throws {
        let client = try PlainClient(port: server.port)
        for first in stride(from: 0, to: count, by: perRequest) {
            try client.send((first..<min(first + perRequest, count)).map(event))
        }
    }
}

/// The worker of a backlog's function, which comes and goes.
final class BacklogWorker {
    let app: BenchApp
    private var worker: Worker?
    /// Kept, so that the app is the same one each time that it comes back.
    private var port = 0

    init(_ server: ServerProcess, function id: String, event: String, _ options: FunctionOptions) {
        app = BenchApp(server: server) { tally in
            [Function(id, triggers: [.event(event)], options: options) { _, _ in tally.noteRun() }]
        }
    }

    func start(_ server: ServerProcess) throws {
        let worker = try app.start(for: server, port: port)
        port = worker.port
        self.worker = worker
    }

    func stop() async { await worker?.stop() }
}
