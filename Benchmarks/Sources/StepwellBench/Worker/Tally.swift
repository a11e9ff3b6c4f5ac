import Glibc
import Synchronization

/// What the worker's functions have done, for the rows to look at.
final class Tally: Sendable {
    private let stepCount = Atomic<Int>(0)
    private let runCount = Atomic<Int>(0)
    private let moments = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Step bodies that ran.
    var steps: Int { stepCount.load(ordering: .relaxed) }
    /// Functions that returned.
    var runs: Int { runCount.load(ordering: .relaxed) }

    func noteStep() { stepCount.add(1, ordering: .relaxed) }

    func noteRun() { runCount.add(1, ordering: .relaxed) }

    func note(_ key: String) {
        let now = ContinuousClock.now
        moments.withLock { moments in if moments[key] == nil { moments[key] = now } }
    }

    /// When the key was first noted.
    func moment(_ key: String) -> ContinuousClock.Instant? { moments.withLock { $0[key] } }

    /// Waits until the key is noted, and then says when that was.
    func waitForMoment(_ key: String, within seconds: Double) throws -> ContinuousClock.Instant {
        let begin = ContinuousClock.now
        while begin.duration(to: .now).seconds < seconds {
            if let moment = moment(key) { return moment }
            usleep(1_000)
        }
        throw BenchFailure("the run of \(key) has not come so far within \(seconds) s")
    }

    /// Waits until so many functions have returned.
    func waitForRuns(_ count: Int, within seconds: Double = 120) throws {
        let begin = ContinuousClock.now
        while runs < count {
            guard begin.duration(to: .now).seconds < seconds else {
                throw BenchFailure("only \(runs) of \(count) runs have come to their end within \(seconds) s")
            }
            usleep(500)
        }
    }
}
