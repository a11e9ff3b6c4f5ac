import Glibc

/// Somebody else's work on the same server: runs of one step, one after the other, each timed, while a row does something
/// large. App, worker and client are a process of their own: what they share with the row is the server.
final class Neighbour {
    private struct Sample {
        var begin: Double
        var milliseconds: Double
    }

    private static let warmUps = 20

    private let process: ChildProcess
    private let log: String

    /// Begins, and returns when it is warm.
    init(_ server: ServerProcess) throws {
        log = server.path(of: "neighbour.log")
        process = try ChildProcess(
            "/proc/self/exe", [NeighbourApp.command, "\(server.port)", try server.operatorToken()], log: log)
        try wait { $0.count >= Self.warmUps }
    }

    deinit { process.kill() }

    /// How long those runs took, in milliseconds, that were under way at any time between two moments of the monotonic clock,
    /// of which the second has passed.
    func milliseconds(from begin: Double, to end: Double) throws -> [Double] {
        // Also what took longer than all that it stood beside.
        try wait { ($0.last?.begin ?? 0) > end }
            .filter { $0.begin < end && $0.begin + $0.milliseconds / 1_000 > begin }
            .map(\.milliseconds)
    }

    @discardableResult
    private func wait(until condition: ([Sample]) -> Bool) throws -> [Sample] {
        for _ in 0..<6_000 {
            let samples = try samples()
            if condition(samples) { return samples }
            guard process.isRunning else { break }
            usleep(10_000)
        }
        throw BenchFailure("the neighbour's runs do not go on: \(ProcessFacts.tail(of: log))")
    }

    private func samples() throws -> [Sample] {
        try ProcessFacts.read(log).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] == NeighbourApp.mark, let begin = Double(words[1]),
                let milliseconds = Double(words[2])
            else { return nil }
            return Sample(begin: begin, milliseconds: milliseconds)
        }
    }
}
