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
}
