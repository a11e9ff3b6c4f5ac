import Glibc
import Stepwell

/// What `StepwellBench neighbour PORT TOKEN` does until it is told to stop: it serves an app of one function with one step,
/// starts one run of it after the other, and writes down when each began and how long it took.
enum NeighbourApp {
    static let command = "neighbour"
    /// What a line about a run begins with; then come seconds on the monotonic clock, and milliseconds.
    static let mark = "run"

    private static let id = "neighbour"
    private static let event = IngestOneRow.event.replacing("bench/one", with: "neighbour/one")
    private static let pauseMicroseconds: UInt32 = 3_000

    static func run(port: Int, token: String) async throws {
        let client = Client(
            id: id, eventKey: ServerProcess.eventKey, signingKey: ServerProcess.signingKey, isDev: false,
            baseURL: "http://127.0.0.1:\(port)",
            log: Log(level: .error) { entry in Console.line("\(entry.message) \(entry.facts)") })
        let one = Function("one", triggers: [.event("neighbour/one")]) { _, step in
            try await step.run("only") { true }
        }
        _ = try OwnThread {
            do {
                try probe(try PlainClient(port: port), token)
            } catch {
                Console.line("\(error)")
                exit(1)
            }
        }
        try await App(client: client, functions: [one]).serve(port: 0)
    }

    private static func probe(_ client: PlainClient, _ token: String) throws {
        try client.waitForApp(id, token: token)
        let probe = OneStepProbe(client, token: token, event: event)
        while true {
            let begin = MonotonicClock.seconds
            let milliseconds = try probe.run() * 1_000
            Console.line("\(mark) \(begin) \(milliseconds)")
            usleep(pauseMicroseconds)
        }
    }
}

/// A clock that all processes of the machine share.
enum MonotonicClock {
    static var seconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
