import StepwellExpressions
import StepwellModel

/// A step's result, on its way into the run's stack.
struct Recorded {
    var id: String
    var name: String
    var kind: StepKind
    var startedAt: Timestamp
    /// How many attempts it took.
    var attempts: Int
    var isError: Bool
    var memo: RawJSON
    var options: RawJSON?
}

/// What a function reports, and what follows from it.
extension Partition {
    /// Handles the operations that a call of the job in `slot` reported. The job is replaced, tried again or removed.
    func handle(_ operations: [Operation], of slot: Int32, startedAt: Timestamp) {
        let runSlot = jobs[slot].runSlot
        guard operations.count <= settings.operationsMax else { return overflow(runSlot) }
        if let error = operations.lazy.compactMap(\.invalidity).first {
            return finish(runSlot, as: .failed, output: error)
        }
        noteMetadata(of: operations, in: runSlot)
        let hasDeferred = noteDefers(operations, of: runSlot)
        let news = operations.filter { !$0.isNone && !$0.isLazy }
        if let output = news.lazy.compactMap(\.completion).first {
            return complete(runSlot, with: output, after: news, startedAt: startedAt)
        }
        if news.isEmpty && hasDeferred && jobs[slot].kind != .step {
            turnIntoDiscovery(slot, cause: Int(jobs[slot].cause))
        } else if news.isEmpty {
            endBranch(slot, startedAt: startedAt)
        } else if news.count == 1 {
            handleSingle(news[0], of: slot, startedAt: startedAt)
        } else {
            handleParallel(news, of: slot, startedAt: startedAt)
        }
    }

    /// The function returned, perhaps after steps that come with the same answer.
    private func complete(_ runSlot: Int32, with output: RawJSON, after news: [Operation], startedAt: Timestamp) {
        for operation in news {
            guard let recorded = operation.recorded(startedAt: startedAt, attempts: 1) else { continue }
            guard record(recorded, in: runSlot) else { return }
        }
        finish(runSlot, as: .completed, output: output)
    }

    /// Nothing to report. That ends a branch while others go on; alone, it would leave the run without a next action, so
    /// it counts as a failed attempt.
    private func endBranch(_ slot: Int32, startedAt: Timestamp) {
        let runSlot = jobs[slot].runSlot
        if isAlone(slot) {
            let error = ErrorObject.json(
                name: "Error",
                message: "The function reported no step and did not return; nothing else is under way in this run.")
            if !tryAgain(slot, error: error, retry: .standard, startedAt: startedAt) {
                finish(runSlot, as: .failed, output: error)
            }
        } else {
            removeJob(slot)
        }
    }

    // MARK: - One operation

    private func handleSingle(_ operation: Operation, of slot: Int32, startedAt: Timestamp) {
        let job = jobs[slot]
        if job.kind == .step, let expected = runs[job.runSlot].state?.details[job.key]?.stepID,
            operation.id != expected || !operation.isResult
        {
            return refuseAnswer(slot, expected: expected, found: operation, startedAt: startedAt)
        }
        if let recorded = operation.recorded(startedAt: startedAt, attempts: Int(job.attempt) + 1) {
            if record(recorded, in: job.runSlot) { goOn(after: slot) }
            return
        }
        switch operation.kind {
        case .threw(let error, let retry):
            retryStep(operation, error: error, retry: retry, of: slot, startedAt: startedAt)
        case .discover:
            turnIntoDiscovery(slot, cause: Int(job.cause))
        default:
            begin([operation], from: slot, isParallel: false)
        }
    }

    /// A call for one step must be answered with that step's result.
    private func refuseAnswer(_ slot: Int32, expected: String, found: Operation, startedAt: Timestamp) {
        let error = ErrorObject.json(
            name: "Error",
            message: "The worker was asked to run step \(expected) and answered with \(found.id) (\(found.name)).")
        if !tryAgain(slot, error: error, retry: .standard, startedAt: startedAt) {
            finish(jobs[slot].runSlot, as: .failed, output: error)
        }
    }

    /// A step threw: the same call again while attempts remain, and then the error is the step's result.
    private func retryStep(_ operation: Operation, error: RawJSON, retry: Retry, of slot: Int32, startedAt: Timestamp) {
        let job = jobs[slot]
        if job.kind != .step { noteStep(operation, in: slot) }
        if tryAgain(slot, error: error, retry: retry, startedAt: startedAt) { return }
        let recorded = Recorded(
            id: operation.id, name: operation.name, kind: .run, startedAt: startedAt, attempts: Int(job.attempt) + 1,
            isError: true, memo: ErrorObject.memo(of: error), options: operation.options)
        if record(recorded, in: job.runSlot) { goOn(after: slot) }
    }

    /// A discovery that failed in a step shows that step's name while it waits for its next attempt.
    private func noteStep(_ operation: Operation, in slot: Int32) {
        guard let state = runs[jobs[slot].runSlot].state else { return }
        state.details[jobs[slot].key]?.stepID = operation.id
        state.details[jobs[slot].key]?.stepName = operation.name
    }

    // MARK: - Several operations

    /// Steps in parallel: from now on the SDK must report steps instead of running them, and once all of the group have
    /// their results, one call follows.
    private func handleParallel(_ news: [Operation], of slot: Int32, startedAt: Timestamp) {
        let runSlot = jobs[slot].runSlot
        var open: [Operation] = []
        for operation in news.map({ settled($0, in: runSlot) }) {
            guard let recorded = operation.recorded(startedAt: startedAt, attempts: Int(jobs[slot].attempt) + 1) else {
                open.append(operation)
                continue
            }
            guard record(recorded, in: runSlot) else { return }
        }
        if open.isEmpty { return turnIntoDiscovery(slot, cause: runs[runSlot].state?.steps.count ?? 0) }
        if let state = runs[runSlot].state, !state.run.forcesStepPlan {
            state.run.forcesStepPlan = true
            writeRun(runSlot)
        }
        begin(open, from: slot, isParallel: true)
    }

    /// A step that threw among others and has no attempt left has failed.
    private func settled(_ operation: Operation, in runSlot: Int32) -> Operation {
        guard case .threw(let error, let retry) = operation.kind else { return operation }
        let attemptsMax = configuration.functions[runs[runSlot].functionKey]?.attemptsMax ?? 1
        guard retry == .never || attemptsMax == 1 else { return operation }
        var settled = operation
        settled.kind = .failed(error: error)
        return settled
    }

    /// Makes a job of each operation that has none yet; the first takes the place of the job that reported them.
    private func begin(_ operations: [Operation], from slot: Int32, isParallel: Bool) {
        let runSlot = jobs[slot].runSlot
        var known = stepIDs(ofRun: runSlot, except: slot)
        // A wait is in force before anything beside it can send the event that it waits for.
        let ordered = operations.filter(\.isWait) + operations.filter { !$0.isWait }
        let new = ordered.filter { $0.kind.isDiscovery || known.insert($0.id).inserted }
        guard let first = new.first else { return endBranch(slot, startedAt: now.engine) }
        if hasSignalConflict(new) { return finish(runSlot, as: .failed, output: SignalResult.conflict) }
        let group = isParallel ? jobs[slot].key.value : 0
        begin(first, in: runSlot, replacing: slot, group: group)
        for operation in new.dropFirst() { begin(operation, in: runSlot, replacing: nil, group: group) }
        let run = runs[runSlot].key
        for operation in new where runSlots[run] == runSlot { publishInvocation(operation, in: runSlot) }
    }

    /// The steps that a run has a result or a job for.
    private func stepIDs(ofRun runSlot: Int32, except slot: Int32) -> Set<String> {
        guard let state = runs[runSlot].state else { return [] }
        var known = state.stepIDs
        for other in jobSlots(ofRun: runSlot) where other != slot {
            if let detail = state.details[jobs[other].key], !detail.stepID.isEmpty { known.insert(detail.stepID) }
        }
        return known
    }

    private func begin(_ operation: Operation, in runSlot: Int32, replacing replaced: Int32?, group: Int64) {
        let detail = JobDetail(
            createdAt: now.engine, stepID: operation.id, stepName: operation.name, options: operation.options)
        let action = NextAction(
            kind: operation.jobKind, due: due(of: operation), attempt: operation.thrown == nil ? 0 : 1, group: group,
            isRacing: operation.isRacing, cause: 0)
        let slot: Int32
        if let replaced {
            turn(replaced, into: action, detail: detail)
            slot = replaced
        } else {
            slot = addJob(to: runSlot, action, detail: detail)
        }
        switch operation.kind {
        case .waitForEvent(let plan, _, let since): beginWait(plan, by: slot, since: since)
        case .waitForSignal(let name, _, _):
            takeSignal(name)
            beginWait(SignalResult.plan(name), by: slot)
        case .invoke: beginWait(InvokeResult.plan(correlationID: correlationID(of: operation, in: runSlot)), by: slot)
        default: break
        }
    }

    private func due(of operation: Operation) -> Deadline {
        switch operation.kind {
        case .sleep(let deadline): deadline
        case .waitForEvent(_, let timeout, _), .waitForSignal(_, let timeout, _), .invoke(_, _, let timeout): timeout
        case .threw(_, .at(let deadline)): deadline
        case .threw: .after(settings.retryInterval ?? Backoff.delay(afterAttempt: 0))
        default: .after(.zero)
        }
    }

    func beginWait(_ plan: WaitPlan, by slot: Int32, since: LookBack? = nil) {
        guard !plan.isImpossible else { return }
        let from = since.map { start(of: $0, in: jobs[slot].runSlot) }
        let newest = EventKey(marks.event)
        jobs[slot].wait = waits.insert(jobs[slot].reference(slot: slot), plan: plan, after: newest)
        writes.append(
            .insertWait(
                WaitRow(
                    jobKey: jobs[slot].key, eventName: plan.eventName, path: plan.path, digest: plan.digest,
                    residual: plan.residual?.source, afterEvent: newest, looksBackTo: from)))
        if let from { beginLookBack(to: from, upTo: newest, by: slot) }
    }

    func correlationID(of operation: Operation, in runSlot: Int32) -> String {
        "\(runs[runSlot].state?.run.id.description ?? "").\(operation.id)"
    }

    // MARK: - After a result

    /// Adds a result to the run's stack; false when the run ended because it has too many, or too much.
    func record(_ recorded: Recorded, in runSlot: Int32) -> Bool {
        guard let state = runs[runSlot].state else { return false }
        // The same result once more: an attempt that was answered and not acknowledged.
        guard state.stepIDs.insert(recorded.id).inserted else { return true }
        let row = StepRow(
            runKey: state.run.key, position: state.steps.count, id: recorded.id, name: recorded.name,
            kind: recorded.kind, startedAt: recorded.startedAt, endedAt: now.engine, attempts: recorded.attempts,
            isError: recorded.isError, memo: recorded.memo, options: recorded.options)
        state.steps.append(StepMemo(id: recorded.id, memo: recorded.memo))
        state.stateBytes += recorded.memo.count
        writes.append(.insertStep(row))
        touch(state, runSlot)
        noteChange(of: state.run.key)
        if state.steps.count >= settings.stepsMax {
            overflow(runSlot)
            return false
        }
        if state.stateBytes > settings.stateBytesMax {
            let message = "The function run exceeded the state size limit of \(settings.stateBytesMax) bytes."
            finish(
                runSlot, as: .failed,
                output: ErrorObject.overflow(
                    error: "function state is too large", name: "InngestErrStateOverflowed", message: message))
            return false
        }
        return true
    }

    private func overflow(_ runSlot: Int32) {
        let message = "The function run exceeded the step limit of \(settings.stepsMax) steps."
        finish(
            runSlot, as: .failed,
            output: ErrorObject.overflow(
                error: "function has too many steps", name: "InngestErrFunctionOverflowed", message: message))
    }

    /// Goes on after the job in `slot` has brought its step's result: with the next call, unless others of its group are
    /// still on their way.
    func goOn(after slot: Int32) {
        let job = jobs[slot]
        guard let state = runs[job.runSlot].state else { return }
        let others = jobSlots(ofRun: job.runSlot).filter { $0 != slot && job.group != 0 && jobs[$0].group == job.group }
        let isCoalesced = state.run.requestVersion >= 2
        if !others.isEmpty && isCoalesced && !job.isRacing {
            removeJob(slot)
            return
        }
        if others.isEmpty && job.group != 0 && isCoalesced && state.run.forcesStepPlan {
            state.run.forcesStepPlan = false
            writeRun(job.runSlot)
        }
        turnIntoDiscovery(slot, cause: state.steps.count)
    }

    private func turnIntoDiscovery(_ slot: Int32, cause: Int) {
        turn(
            slot, into: NextAction(kind: .discover, due: .after(.zero), cause: cause),
            detail: JobDetail(createdAt: now.engine, stepID: "", stepName: "", options: nil))
    }
}

extension Operation {
    /// Rides with others, and makes no job.
    var isLazy: Bool {
        switch kind {
        case .deferAdd, .deferAbort: true
        default: false
        }
    }

    var isNone: Bool { if case .none = kind { true } else { false } }
    var isWait: Bool {
        switch kind {
        case .waitForEvent, .waitForSignal: true
        default: false
        }
    }
    var completion: RawJSON? { if case .completed(let output) = kind { output } else { nil } }
    var invalidity: RawJSON? { if case .invalid(let error) = kind { error } else { nil } }
    var thrown: RawJSON? { if case .threw(let error, _) = kind { error } else { nil } }

    /// What the job that carries the operation on does.
    var jobKind: JobKind {
        switch kind {
        case .planned, .threw: .step
        case .sleep: .sleep
        case .waitForEvent: .waitForEvent
        case .waitForSignal: .waitForSignal
        case .gateway: .gateway
        case .aiGateway: .aiGateway
        case .invoke: .invoke
        case .discover, .none, .deferAdd, .deferAbort, .ran, .failed, .completed, .invalid: .discover
        }
    }

    /// The step was run, with whatever end.
    var isResult: Bool {
        switch kind {
        case .ran, .threw, .failed: true
        default: false
        }
    }

    /// The step's result, when it has its final one.
    func recorded(startedAt: Timestamp, attempts: Int) -> Recorded? {
        switch kind {
        case .ran(let memo):
            Recorded(
                id: id, name: name, kind: .run, startedAt: startedAt, attempts: attempts, isError: false, memo: memo,
                options: options)
        case .failed(let error):
            Recorded(
                id: id, name: name, kind: .run, startedAt: startedAt, attempts: attempts, isError: true,
                memo: ErrorObject.memo(of: error), options: options)
        default: nil
        }
    }
}

extension Operation.Kind {
    var isDiscovery: Bool { if case .discover = self { true } else { false } }
}
