import StepwellCore
import StepwellEngine
import StepwellHTTP

/// What a loop has for the engine in one turn, handed over in bundles: one wake-up of the engine's thread for requests and
/// answers that came together.
///
/// `@unchecked Sendable`: the bundle is touched on the loop's thread alone.
final class Intake: @unchecked Sendable {
    /// A larger bundle would let engine and disk wait while the loop still reads; many small ones cost more wake-ups.
    private static let inputsMax = 16

    private let loop: EventLoop
    private let engine: Engine
    private let gate: EdgeGate
    private var endsTurn = false
    private var bundle = InputBundle()

    init(loop: EventLoop, engine: Engine, gate: EdgeGate) {
        self.loop = loop
        self.engine = engine
        self.gate = gate
    }

    /// As ``Engine/post(_:bytes:)``. On the loop's thread only.
    func post(_ input: Input, bytes: Int) { change { $0.add(input, bytes: bytes) } }

    /// As ``Engine/ask(bytes:reply:_:)``. On the loop's thread only.
    func ask(bytes: Int, reply: @escaping @Sendable (Reply) -> Void, _ input: (ReplyToken) -> Input) {
        change { engine.ask(in: &$0, bytes: bytes, reply: reply, input) }
    }

    private func change(_ body: (inout InputBundle) -> Void) {
        if !endsTurn {
            endsTurn = true
            loop.atTurnEnd { self.endTurn() }
        }
        body(&bundle)
        if bundle.count == Self.inputsMax { handOver() }
    }

    private func endTurn() {
        endsTurn = false
        if bundle.count > 0 { handOver() }
    }

    private func handOver() {
        let full = bundle
        bundle = InputBundle()
        gate.note(hasRoom: engine.post(full))
    }
}

/// The intake of each loop.
struct Intakes: Sendable {
    private let byLoop: [ObjectIdentifier: Intake]

    init(loops: [EventLoop], engine: Engine, gate: EdgeGate) {
        byLoop = Dictionary(
            uniqueKeysWithValues: loops.map {
                (ObjectIdentifier($0), Intake(loop: $0, engine: engine, gate: gate))
            })
    }

    subscript(loop: EventLoop) -> Intake {
        guard let intake = byLoop[ObjectIdentifier(loop)] else { preconditionFailure("a loop of another server") }
        return intake
    }
}
