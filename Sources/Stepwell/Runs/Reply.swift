import Synchronization

/// The one answer to one call, awaited by whoever made the call.
final class Reply: Sendable {
    private struct State {
        var answer: CallReply?
        var waiter: CheckedContinuation<CallReply, Never>?
        var isAbandoned = false
    }

    private let state = Mutex(State())

    var isAnswered: Bool { state.withLock { $0.answer != nil } }

    /// Whether the one who called is gone; the work goes on, its answer will be refused.
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    func abandon() { state.withLock { $0.isAbandoned = true } }

    func answer(_ answer: CallReply) {
        let waiter = state.withLock { state -> CheckedContinuation<CallReply, Never>? in
            guard state.answer == nil else { return nil }
            state.answer = answer
            return state.waiter
        }
        waiter?.resume(returning: answer)
    }

    var value: CallReply {
        get async {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> CallReply? in
                    if state.answer == nil { state.waiter = continuation }
                    return state.answer
                }
                if let answer { continuation.resume(returning: answer) }
            }
        }
    }
}
