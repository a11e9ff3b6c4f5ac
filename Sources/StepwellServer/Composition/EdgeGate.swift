import StepwellEngine
import StepwellHTTP
import Synchronization

/// Closes the edge while there is more than can be held: the engine's mailbox is full, or too many events wait for a slow
/// disk. Nothing is dropped: what peers send waits in the kernel.
final class EdgeGate: Sendable {
    private struct State {
        var engine: Engine?
        var edge: HTTPServer?
        var loop: EventLoop?
        /// Of requests that were handed to the engine and are not answered.
        var bytes = 0
        var isFull = false
        var isCongested = false

        var isClosed: Bool { isFull || isCongested }
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    /// - Parameter bytesMax: How many bytes of unanswered requests are held.
    init(bytesMax: Int) { self.bytesMax = bytesMax }

    func attach(_ edge: HTTPServer, _ engine: Engine, _ loop: EventLoop) {
        state.withLock {
            $0.edge = edge
            $0.engine = engine
            $0.loop = loop
        }
    }

    /// A request goes to the engine.
    func enter(_ bytes: Int) {
        change { state in
            state.bytes += bytes
            if state.bytes > bytesMax { state.isFull = true }
        }
    }

    /// A request is answered.
    func leave(_ bytes: Int) {
        change { state in
            state.bytes -= bytes
            // Half empty, so that the edge does not open and close with every request.
            if state.bytes <= bytesMax / 2 { state.isFull = false }
        }
    }

    /// To be called with what ``Engine/ask(bytes:reply:_:)`` says.
    func note(hasRoom: Bool) {
        guard !hasRoom else { return }
        change { $0.isCongested = true }
        // The engine may have made room meanwhile; then nobody else would open the edge again.
        change { state in
            if state.engine?.isCongested == false { state.isCongested = false }
        }
    }

    /// The engine has room again.
    func relieved() { change { $0.isCongested = false } }

    private func change(_ body: (inout State) -> Void) {
        let turned = state.withLock { state -> EventLoop? in
            let before = state.isClosed
            body(&state)
            return before == state.isClosed ? nil : state.loop
        }
        // One thread turns the edge, and by what holds then, so that two changes cannot overtake each other.
        turned?.post { self.turn() }
    }

    private func turn() {
        let (edge, isClosed) = state.withLock { ($0.edge, $0.isClosed) }
        isClosed ? edge?.pauseReading() : edge?.resumeReading()
    }
}
