import Glibc
import Stepwell

/// Keeps a number of runs of the step function under way: each that ends is followed by the next.
struct StepLoad {
    var runs = 100
    var stepsPerRun: Int

    struct Window {
        var steps: Int
        var seconds: Double
        /// The server's.
        var cpuSeconds: Double
        /// What the worker read, which is nearly all call bodies.
        var bytesRead: Int

        var rate: Double { Double(steps) / seconds }
        var cpuMicrosecondsPerStep: Double { cpuSeconds * 1e6 / Double(max(1, steps)) }
        var bytesPerStep: Double { Double(bytesRead) / Double(max(1, steps)) }
    }

    /// Loads the server for a second and then for each window, waits for what is under way, and checks that no step body
    /// ran twice.
    func run(_ server: ServerProcess, _ tally: Tally, windows: Int, seconds: Double) throws -> [Window] {
        let feeder = try Feeder(server, tally, event: "{\"name\":\"bench/steps\",\"data\":{\"steps\":\(stepsPerRun)}}")
        let stepsBefore = tally.steps
        try feeder.feed(runs, for: 1)
        var measured: [Window] = []
        for _ in 0..<windows {
            let before = try Sample(server, tally)
            try feeder.feed(runs, for: seconds)
            measured.append(Sample.window(before, try Sample(server, tally)))
        }
        try server.waitUntilFinished()
        let done = tally.steps - stepsBefore
        guard done == feeder.sent * stepsPerRun else {
            throw BenchFailure("\(feeder.sent) runs of \(stepsPerRun) steps ran \(done) step bodies")
        }
        return measured
    }

    private struct Sample {
        let time = ContinuousClock.now
        let steps: Int
        let cpuSeconds: Double
        let bytesRead: Int

        init(_ server: ServerProcess, _ tally: Tally) throws {
            steps = tally.steps
            cpuSeconds = try server.facts().cpuSeconds()
            bytesRead = try ProcessFacts(id: getpid()).bytesRead()
        }

        static func window(_ before: Sample, _ after: Sample) -> Window {
            Window(
                steps: after.steps - before.steps, seconds: before.time.duration(to: after.time).seconds,
                cpuSeconds: after.cpuSeconds - before.cpuSeconds, bytesRead: after.bytesRead - before.bytesRead)
        }
    }
}

/// Sends events so that so many runs are under way.
private final class Feeder {
    private let client: PlainClient
    private let tally: Tally
    private let event: String
    private let runsBefore: Int
    private(set) var sent = 0

    init(_ server: ServerProcess, _ tally: Tally, event: String) throws {
        client = try PlainClient(port: server.port)
        self.tally = tally
        self.event = event
        runsBefore = tally.runs
    }

    func feed(_ runs: Int, for seconds: Double) throws {
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        while ContinuousClock.now < end {
            let missing = runs - (sent - (tally.runs - runsBefore))
            if missing > 0 {
                try client.send(Array(repeating: event, count: missing))
                sent += missing
            }
            usleep(2_000)
        }
    }
}
