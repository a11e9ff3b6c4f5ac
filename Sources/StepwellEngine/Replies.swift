import StepwellCore
import Synchronization

/// Who waits for which reply.
final class Replies: Sendable {
    private struct State {
        var next: UInt64 = 1
        var waiting: [UInt64: @Sendable (Reply) -> Void] = [:]
    }

    private let state = Mutex(State())

    func expect(_ reply: @escaping @Sendable (Reply) -> Void) -> ReplyToken {
        state.withLock { state in
            defer { state.next += 1 }
            state.waiting[state.next] = reply
            return ReplyToken(state.next)
        }
    }

    func answer(_ token: ReplyToken, _ reply: Reply) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: token.value) }
        waiting?(reply)
    }

    func refuseAll() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for reply in waiting.values { reply(.refused(.stopped)) }
    }
}
