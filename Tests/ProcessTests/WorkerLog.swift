import Synchronization

/// What the worker did, in its own words: which step bodies began, and whose results came back with a later call.
final class WorkerLog: Sendable {
    struct Step: Hashable {
        var run: Int
        var name: String
    }

    private struct State {
        var begun: [Step: Int] = [:]
        var acknowledged: Set<Step> = []
        /// How often a step was begun and not yet acknowledged at the moment of a kill: it may run once more for each.
        var allowed: [Step: Int] = [:]
        var finished: Set<Int> = []
        var violations: [String] = []
    }

    private let state = Mutex(State())

    func begin(_ run: Int, _ name: String) {
        state.withLock { state in
            let step = Step(run: run, name: name)
            state.begun[step, default: 0] += 1
            if state.acknowledged.contains(step) {
                state.violations.append("\(name) of run \(run) began after its result was acknowledged")
            }
        }
    }

    /// The body of the function went on: the server had sent the step's result.
    func acknowledge(_ run: Int, _ name: String) {
        state.withLock { _ = $0.acknowledged.insert(Step(run: run, name: name)) }
    }

    func finish(_ run: Int) { state.withLock { _ = $0.finished.insert(run) } }

    /// The server dies now.
    func noteKill() {
        state.withLock { state in
            for step in state.begun.keys where !state.acknowledged.contains(step) {
                state.allowed[step, default: 0] += 1
            }
        }
    }

    /// The runs that have returned.
    var finished: Set<Int> { state.withLock { $0.finished } }
    var repeats: Int { state.withLock { $0.begun.values.reduce(0) { $0 + $1 - 1 } } }
    var inFlightAtKills: Int { state.withLock { $0.allowed.values.reduce(0, +) } }

    /// Broken promises: a step began after its result was known, or more often than the kills explain.
    var violations: [String] {
        state.withLock { state in
            state.violations
                + state.begun.filter { $0.value > 1 + state.allowed[$0.key, default: 0] }
                .map { "\($0.key.name) of run \($0.key.run) ran \($0.value) times" }
        }
    }
}
