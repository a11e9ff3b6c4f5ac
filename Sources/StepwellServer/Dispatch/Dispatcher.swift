import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellWire
import Synchronization

/// Calls workers over HTTP, makes the requests that steps leave to the server, and hands the answers to the engine.
///
/// Every order ends in exactly one answer, whatever the worker does. Bodies are built and answers read on the loops'
/// threads, so that the engine's does nothing but decide.
final class Dispatcher: Sendable {
    private struct InFlight {
        var count = 0
        var whenIdle: [@Sendable () -> Void] = []
    }

    private let callers: [WorkerCaller]
    private let gateways: [GatewayCaller]
    private let intakes: Intakes
    private let inFlight = Mutex(InFlight())

    init(loops: [EventLoop], context: ServerContext, intakes: Intakes, signingKey: SigningKey?) {
        self.intakes = intakes
        callers = loops.map { WorkerCaller(loop: $0, context: context, signingKey: signingKey) }
        gateways = loops.map { GatewayCaller(loop: $0, context: context) }
    }

    func dispatch(_ orders: [CallOrder]) {
        inFlight.withLock { $0.count += orders.count }
        if callers.count == 1 { return start(orders, on: callers[0]) }
        var shares = [[CallOrder]](repeating: [], count: callers.count)
        for order in orders { shares[Int(order.generation % Int64(callers.count))].append(order) }
        for (caller, share) in zip(callers, shares) where !share.isEmpty { start(share, on: caller) }
    }

    func request(_ orders: [GatewayOrder]) {
        inFlight.withLock { $0.count += orders.count }
        for order in orders {
            let caller = gateways[Int(order.generation % Int64(gateways.count))]
            let intake = intakes[caller.loop]
            caller.loop.post {
                caller.call(order) { self.finish(order.generation, $0, to: intake) }
            }
        }
    }

    private func start(_ orders: [CallOrder], on caller: WorkerCaller) {
        let intake = intakes[caller.loop]
        caller.loop.post {
            for order in orders {
                caller.call(order) { self.finish(order.generation, $0, to: intake) }
            }
        }
    }

    private func finish(_ generation: Int64, _ outcome: CallOutcome, to intake: Intake) {
        intake.post(.answer(StepwellCore.CallAnswer(generation: generation, outcome: outcome)), bytes: outcome.bytes)
        let waiting = inFlight.withLock { inFlight in
            inFlight.count -= 1
            guard inFlight.count == 0 else { return [@Sendable () -> Void]() }
            defer { inFlight.whenIdle = [] }
            return inFlight.whenIdle
        }
        for action in waiting { action() }
    }

    /// Waits until no call is under way. Blocks.
    func waitUntilIdle(atMost limit: Duration) {
        let idle = Signal()
        let isIdle = inFlight.withLock { inFlight in
            if inFlight.count > 0 { inFlight.whenIdle.append { idle.set() } }
            return inFlight.count == 0
        }
        if !isIdle { idle.wait(atMost: limit) }
    }
}

extension CallOutcome {
    /// What it costs in the engine's mailbox.
    fileprivate var bytes: Int {
        switch self {
        case .completed(let output): output.count
        case .operations(let operations, _):
            operations.reduce(0) { $0 + $1.bytes + 256 }
        case .failed(let error, _): error.count
        case .fetched(let memo): memo.count
        case .unreachable: 0
        }
    }
}

extension StepwellCore.Operation {
    fileprivate var bytes: Int {
        let payload =
            switch kind {
            case .ran(let memo): memo.count
            case .threw(let error, _), .failed(let error), .invalid(let error): error.count
            case .invoke(_, let payload, _): payload.data.count
            case .completed(let output): output.count
            case .deferAdd(_, let input, let note): input.count + (note?.count ?? 0)
            case .deferAbort, .planned, .sleep, .waitForEvent, .waitForSignal, .gateway, .aiGateway, .discover, .none: 0
            }
        return metadata.reduce(payload + (options?.count ?? 0)) { $0 + $1.values.count + 64 }
    }
}
