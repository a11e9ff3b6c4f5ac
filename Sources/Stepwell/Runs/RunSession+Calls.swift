import StepwellModel
import Synchronization

/// Calls: which ones this copy of the run can serve, and what they are answered.
extension RunSession {
    /// What to do outside the lock, after a decision inside it.
    private enum Effect {
        case none
        case resume([ParkedTask], Directive)
        case answer(Request, CallReply)
        case end(Request, CallReply, [ParkedTask])
        case watch(Request)
    }

    /// Takes a call in if this copy stands where the call's run stands; false if the run must be replayed in a new copy.
    func admit(_ call: RunCall, _ reply: Reply) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            if Self.join(call, reply, &state) { return true }
            guard !state.isRetiring, state.ledger.precedes(call), Self.canServe(call, state) else { return false }
            // While other calls are in hand the ledger goes by what they know; this one only wants a step that is there.
            if state.requests.isEmpty, state.running.isEmpty {
                if !state.ledger.entries.isEmpty { state.replay = .none }
                state.ledger.begin(call)
            }
            state.knownDefers.merge(call.defers) { old, new in old && new }
            state.byteCount = max(state.byteCount, Self.byteCount(of: call))
            state.requests.append(Request(key: call.key, isLastAttempt: call.isLastAttempt, replies: [reply]))
            return true
        }
    }

    /// Takes a call in if what it asks for is being done here, even if this copy is to be given up after it.
    func join(_ call: RunCall, _ reply: Reply) -> Bool {
        state.withLock { !$0.isClosed && Self.join(call, reply, &$0) }
    }

    /// A call that asks for what is already being done waits for the same answer: its first asker is probably gone.
    private static func join(_ call: RunCall, _ reply: Reply, _ state: inout State) -> Bool {
        if let index = state.requests.firstIndex(where: { call.key.asksForSame(as: $0.key) }) {
            state.requests[index].replies.append(reply)
            return true
        }
        // A wanted step that is under way is joined whichever call began it.
        let wanted = call.target.flatMap { state.running[$0]?.key.attempt == call.attempt ? $0 : nil }
        guard let hash = wanted ?? state.running.first(where: { call.key.asksForSame(as: $0.value.key) })?.key
        else { return false }
        state.running[hash]?.replies.append(reply)
        return true
    }

    private static func canServe(_ call: RunCall, _ state: State) -> Bool {
        guard let target = call.target else {
            // The function may cancel a branch when it goes on, and a step under way must not notice.
            return state.running.isEmpty && state.requests.isEmpty
        }
        guard let entry = state.ledger.entries[target] else {
            return state.running.isEmpty
                && state.requests.allSatisfy { $0.key.target != nil && $0.key.stackLast == call.key.stackLast }
        }
        if case .parked = entry.phase { return true }
        return false
    }

    /// Decides one thing if there is one to decide; false if there is not.
    func decide() -> Bool {
        let effect = state.withLock { Self.effect(&$0, self) }
        switch effect {
        case .none: return false
        case .resume(let tasks, let directive): tasks.forEach { $0.resume(returning: directive) }
        case .answer(let request, let answer): request.answer(answer)
        case .end(let request, let answer, let tasks):
            request.answer(answer)
            tasks.forEach { $0.resume(returning: .interrupted) }
        case .watch(let request): watch(request)
        }
        return true
    }

    private static func effect(_ state: inout State, _ session: RunSession) -> Effect {
        guard !state.isClosed else { return .none }
        if let end = state.end, state.running.isEmpty, !state.requests.isEmpty {
            return conclude(end, &state, session)
        }
        for index in state.requests.indices {
            let effect = effect(forRequest: index, &state)
            if case .none = effect { continue }
            return effect
        }
        guard state.isRetiring, state.running.isEmpty, state.requests.isEmpty else { return .none }
        state.isClosed = true
        return .resume(state.ledger.leaveAll(), .interrupted)
    }

    private static func effect(forRequest index: Int, _ state: inout State) -> Effect {
        let request = state.requests[index]
        guard request.key.target != nil || state.running.isEmpty else { return .none }
        let decision = request.key.target.map { state.ledger.decide(target: $0) } ?? state.ledger.decide()
        switch decision {
        case .wait: return .none
        case .deliver(let task, let memo): return .resume([task], .memo(memo))
        case .execute(let task, let hash, let input):
            state.running[hash] = state.requests.remove(at: index)
            return .resume([task], .execute(isParallel: request.key.target != nil, input: input))
        case .report(let reports):
            state.requests.remove(at: index)
            restIfIdle(&state)
            return .answer(request, .steps(reports, beside: state.news))
        case .refuse(let error):
            state.requests.remove(at: index)
            state.isRetiring = true
            return .answer(request, .refused(error))
        case .awaitTarget:
            guard !request.isWatched else { return .none }
            state.requests[index].isWatched = true
            return .watch(request)
        }
    }

    private static func conclude(_ end: End, _ state: inout State, _ session: RunSession) -> Effect {
        let request = state.requests.removeFirst()
        let answer: CallReply
        switch (request.key.target, end) {
        case (let target?, .returned):
            answer = .refused(state.ledger.notReached(target, "the function ended without it"))
        case (let target?, .threw(let report)):
            let consequence = state.ledger.notReached(target, "the function threw an error before it")
            answer = .failed(report.withCause(consequence))
        case (nil, .returned(let output)): answer = .finished(output, beside: state.news)
        case (nil, .threw(let report)): answer = .failed(report)
        }
        guard state.requests.isEmpty else { return .answer(request, answer) }
        state.isClosed = true
        return .end(request, answer, state.ledger.leaveAll())
    }

    private static func restIfIdle(_ state: inout State) {
        if state.requests.isEmpty, state.running.isEmpty { state.ledger.rest() }
    }

    // MARK: Steps that end

    /// Answers the call for which a step ran, and parks the step again with what it reported.
    func finished(
        _ step: StepIdentity, _ operation: StepOperation, isRace: Bool, _ outcome: StepOutcome, _ task: ParkedTask
    ) {
        var parking: ParkingOutcome = .parked
        let (request, answer) = state.withLock { state -> (Request?, CallReply) in
            let request = state.running.removeValue(forKey: step.hash)
            let report = StepReport(
                step: step, operation: operation,
                kind: outcome.result.opcodeKind(isLastAttempt: request?.isLastAttempt ?? false), isRace: isRace,
                metadata: outcome.metadata)
            let isSuccess = outcome.result.isSuccess
            parking = park(step, operation, isRace: isRace, reported: isSuccess ? report : nil, task, &state)
            state.byteCount += outcome.result.byteCount
            Self.restIfIdle(&state)
            return (request, .steps([report], beside: state.news))
        }
        request?.answer(answer)
        settle(task, parking)
    }

    // MARK: Giving up

    /// Gives this copy up once the steps under way and the calls in hand are done: what is parked then is interrupted.
    func retire() {
        state.withLock { $0.isRetiring = true }
        poke()
    }

    /// Whether a later call can go on with this copy.
    var isUsable: Bool { state.withLock { !$0.isClosed && !$0.isRetiring } }

    /// Whether it has a call in hand, whose step may be under way.
    var isBusy: Bool { state.withLock { !$0.isClosed && !($0.requests.isEmpty && $0.running.isEmpty) } }

    var byteCount: Int { state.withLock { $0.byteCount } }

    /// Refuses the call after a while if its step has not turned up.
    private func watch(_ request: Request) {
        Task.detached { [self] in
            try? await environment.clock.sleep(environment.targetPatience)
            let (overdue, answer) = state.withLock { state -> (Request?, CallReply?) in
                guard let target = request.key.target,
                    let index = state.requests.firstIndex(where: { $0.key == request.key })
                else { return (nil, nil) }
                state.isRetiring = true
                let error = state.ledger.notReached(target, "it did not turn up within \(environment.targetPatience)")
                return (state.requests.remove(at: index), .refused(error))
            }
            if let overdue, let answer { overdue.answer(answer) }
            poke()
        }
    }
}
