import StepwellCore
import Synchronization

/// Tells listeners which runs began, moved on or ended, and when the server is to be stopped.
package final class RunChanges: Sendable {
    package typealias Listener = @Sendable ([RunKey]) -> Void

    private struct Entry {
        var listener: Listener
        var onStop: @Sendable () -> Void
    }

    private struct State {
        var next = 0
        var listeners: [Int: Entry] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// Calls `listener`, which must not block, until the number that is returned is handed to ``remove(_:)``.
    ///
    /// - Parameter onStop: Called when the server begins to stop; not at all when it already has, see ``isStopping``.
    package func add(
        onStop: @escaping @Sendable () -> Void = {}, _ listener: @escaping Listener
    ) -> Int {
        state.withLock { state in
            state.next += 1
            state.listeners[state.next] = Entry(listener: listener, onStop: onStop)
            return state.next
        }
    }

    package func remove(_ number: Int) {
        state.withLock { $0.listeners[number] = nil }
    }

    var listenerCount: Int { state.withLock { $0.listeners.count } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    func publish(_ runs: [RunKey]) {
        let entries = state.withLock { $0.listeners.isEmpty ? [] : Array($0.listeners.values) }
        for entry in entries { entry.listener(runs) }
    }

    /// Changes are told as before: what is under way may still end.
    func announceStop() {
        let entries = state.withLock { state in
            state.isStopping = true
            return Array(state.listeners.values)
        }
        for entry in entries { entry.onStop() }
    }
}
