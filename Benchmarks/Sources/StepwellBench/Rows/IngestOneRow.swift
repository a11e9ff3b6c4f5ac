import Glibc
import Stepwell

/// One event a request, durable and its run scheduled, against a bare echo of the same requests on the same HTTP layer.
enum IngestOneRow {
    static let event = """
        {"name":"bench/one","data":{"accountId":"acc_01HZX3V5K8","name":"Example Organisation Ltd","diffbotId":"EHb0_0NEU",\
        "tags":["a","b","c"],"size":1200,"address":{"street":"Long Street 12","city":"Hamburg","country":"DE"},\
        "note":"about three hundred bytes"},"user":{"id":"user_77"}}
        """

    private struct Round {
        var rate: Double
        var cpuMicroseconds: Double
    }

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "ingest-one")
        defer { server.remove() }
        try server.start()
        let worker = try BenchApp(server: server).start(for: server)
        await worker.stop(within: .zero)
        let echo = try EchoProcess(settings)
        defer { echo.stop() }

        let request = Request.post(Request.eventPath, body: event)
        var echoes: [Round] = []
        var ingests: [Round] = []
        let syncsBefore = server.syncs.count
        // The ratio differs from window to window by a quarter, so there are three times as many as elsewhere, half as long.
        for _ in 0..<3 * settings.rounds {
            echoes.append(try round(echo.port, echo.facts, request, settings))
            ingests.append(try round(server.port, try server.facts(), request, settings))
        }
        let syncs = server.syncs.count - syncsBefore
        let events = try server.unfinishedRuns()
        let ratios = zip(ingests, echoes).map { $0.rate / $1.rate }
        return [
            Figure("ingest-one.rate", ingests.map(\.rate).median, "events/s", better: .higher),
            Figure("ingest-one.echo.rate", echoes.map(\.rate).median, "requests/s", better: .higher),
            Figure("ingest-one.ratio", ratios.median, "of echo", atLeast: 1.0 / 3),
            Figure("ingest-one.echo.cpu", echoes.map(\.cpuMicroseconds).median, "µs/request", atMost: 10),
            Figure("ingest-one.cpu", ingests.map(\.cpuMicroseconds).median, "µs/request"),
            Figure("ingest-one.events-per-sync", Double(events) / Double(max(1, syncs)), "events", better: .higher),
        ]
    }

    private static func round(
        _ port: Int, _ facts: ProcessFacts, _ request: [UInt8], _ settings: BenchSettings
    ) throws -> Round {
        let window = try LoadGenerator(port: port, request: request).run(seconds: settings.seconds / 2) {
            try facts.cpuSeconds()
        }
        return Round(
            rate: window.rate, cpuMicroseconds: (window.after - window.before) * 1e6 / Double(max(1, window.answers)))
    }
}

/// The bare echo as a process of its own.
final class EchoProcess {
    let port: Int
    private let process: ChildProcess
    private let remove: () -> Void

    init(_ settings: BenchSettings) throws {
        let folder = try settings.makeFolder("echo")
        remove = { settings.removeFolder(folder) }
        port = try Socket.freePort()
        process = try ChildProcess(settings.tool, ["echo", "\(port)"], log: "\(folder)/echo.log")
        for _ in 0..<2_000 {
            if let client = try? PlainClient(port: port), try client.post("/", body: "{}").status == 200 { return }
            usleep(1_000)
        }
        throw BenchFailure("the echo did not come up: \(ProcessFacts.tail(of: "\(folder)/echo.log"))")
    }

    var facts: ProcessFacts { ProcessFacts(id: process.id) }

    func stop() {
        process.kill()
        remove()
    }
}
