import StepwellEngine
import StepwellHTTP
import Synchronization

/// Closes the edge while the engine has more than it can hold: nothing is dropped, peers wait in the kernel.
final class EdgeGate: Sendable {
    private let parts = Mutex<(edge: HTTPServer, engine: Engine)?>(nil)

    func attach(_ edge: HTTPServer, _ engine: Engine) { parts.withLock { $0 = (edge, engine) } }

    /// To be called with what ``Engine/ask(bytes:reply:_:)`` says.
    func note(hasRoom: Bool) {
        guard !hasRoom, let parts = parts.withLock({ $0 }) else { return }
        parts.edge.pauseReading()
        // The engine may have made room meanwhile; then nobody else would open the edge again.
        if !parts.engine.isCongested { parts.edge.resumeReading() }
    }
}
