import StepwellCore
import StepwellEngine
import Synchronization

/// Where the engine's effects enter the server. Effects come before the rest is built, and are kept until then.
final class EngineBridge: EffectSink {
    private struct State {
        var dispatcher: Dispatcher?
        var gate: EdgeGate?
        var early: [CallOrder] = []
        var earlyRequests: [GatewayOrder] = []
    }

    private let state = Mutex(State())
    private let changes: RunChanges
    private let onFailure: @Sendable (String) -> Void

    init(changes: RunChanges, onFailure: @escaping @Sendable (String) -> Void) {
        self.changes = changes
        self.onFailure = onFailure
    }

    func attach(_ dispatcher: Dispatcher) {
        let (early, requests) = state.withLock { state in
            defer { (state.early, state.earlyRequests) = ([], []) }
            state.dispatcher = dispatcher
            return (state.early, state.earlyRequests)
        }
        if !early.isEmpty { dispatcher.dispatch(early) }
        if !requests.isEmpty { dispatcher.request(requests) }
    }

    func attach(_ gate: EdgeGate) { state.withLock { $0.gate = gate } }

    func dispatch(_ orders: [CallOrder]) {
        let dispatcher = state.withLock { state in
            if state.dispatcher == nil { state.early += orders }
            return state.dispatcher
        }
        dispatcher?.dispatch(orders)
    }

    func request(_ orders: [GatewayOrder]) {
        let dispatcher = state.withLock { state in
            if state.dispatcher == nil { state.earlyRequests += orders }
            return state.dispatcher
        }
        dispatcher?.request(orders)
    }

    /// Routes ask the engine for the configuration when they need it.
    func configurationChanged(_ configuration: Configuration) {}

    func changed(_ runs: [RunKey]) { changes.publish(runs) }

    func relieved() { state.withLock { $0.gate }?.relieved() }

    func failed(_ message: String) { onFailure(message) }
}
