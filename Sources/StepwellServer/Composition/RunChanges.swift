import StepwellCore
import Synchronization

/// Tells listeners which runs began, moved on or ended.
package final class RunChanges: Sendable {
    package typealias Listener = @Sendable ([RunKey]) -> Void

    private struct State {
        var next = 0
        var listeners: [Int: Listener] = [:]
    }

    private let state = Mutex(State())

    /// Calls `listener`, which must not block, until the number that is returned is handed to ``remove(_:)``.
    package func add(_ listener: @escaping Listener) -> Int {
        state.withLock { state in
            state.next += 1
            state.listeners[state.next] = listener
            return state.next
        }
    }

    package func remove(_ number: Int) {
        state.withLock { $0.listeners[number] = nil }
    }

    var listenerCount: Int { state.withLock { $0.listeners.count } }

    func publish(_ runs: [RunKey]) {
        let listeners = state.withLock { $0.listeners.isEmpty ? [] : Array($0.listeners.values) }
        for listener in listeners { listener(runs) }
    }
}
