import Glibc

/// Very many runs that go on at the same moment: how long that takes, what it costs, and what another app notices.
struct Crowd {
    private let server: ServerProcess
    private let neighbour: Neighbour
    private let begin: Double
    private let cpuBefore: Double

    /// - Parameter begin: when it happens, on the monotonic clock; nil for now.
    init(_ server: ServerProcess, at begin: Double? = nil) throws {
        self.server = server
        neighbour = try Neighbour(server)
        self.begin = begin ?? MonotonicClock.seconds
        cpuBefore = try server.facts().cpuSeconds()
    }

    /// To be called when the last of the runs has gone on.
    func figures(_ name: String, runs: Int) throws -> [Figure] {
        let end = MonotonicClock.seconds
        let cpuSeconds = try server.facts().cpuSeconds() - cpuBefore
        let resident = try server.facts().residentMegabytesMax()
        let others = try neighbour.milliseconds(from: begin, to: end)
        return [
            Figure("\(name).seconds", end - begin, "s"),
            Figure("\(name).cpu", cpuSeconds * 1e6 / Double(runs), "µs/run"),
            Figure("\(name).resident.max", resident, "MB", atMost: 300),
            Figure("\(name).neighbour.p50", others.median, "ms"),
            Figure("\(name).neighbour.p99", others.percentile(0.99), "ms", atMost: 15),
        ]
    }
}
