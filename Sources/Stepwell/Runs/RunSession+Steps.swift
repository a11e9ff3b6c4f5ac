import StepwellModel
import Synchronization

/// Steps: how a task of the function parks in one, and what it does when it is told to go on.
extension RunSession {
    enum ParkingOutcome {
        case parked
        case cancelled
        case interrupted
    }

    /// Waits until the step's result is known, running `body` here if this call is the one to do it.
    ///
    /// - Throws: ``RunInterrupted``, `CancellationError`, or ``StepwellError`` for a step inside a step.
    nonisolated(nonsending) func result(
        of name: String, _ operation: StepOperation, body: nonisolated(nonsending) () async throws -> RawJSON
    ) async throws -> (step: StepIdentity, memo: RecordedResult) {
        try await result(of: name, asking: { _ in operation }, body: body)
    }

    /// As ``result(of:_:body:)``, for an operation that depends on which step it is.
    nonisolated(nonsending) func result(
        of name: String, asking: (StepIdentity) -> StepOperation,
        body: nonisolated(nonsending) () async throws -> RawJSON
    ) async throws -> (step: StepIdentity, memo: RecordedResult) {
        if let outer = StepScope.current {
            throw StepwellError(
                .stepNested,
                "step '\(name)' was called inside the body of step '\(outer.step.name)'. Return from the outer step first, "
                    + "or make what both do one step.")
        }
        let step = try meet(name)
        let operation = asking(step)
        let isRace = StepScope.isRace
        var directive = await parked(step) { [self] task in park(step, operation, isRace: isRace, task) }
        while true {
            switch directive {
            case .memo(let memo): return (step, memo)
            case .cancelled: throw CancellationError()
            case .interrupted: throw RunInterrupted()
            case .execute(let isParallel, let input):
                let outcome = await run(step, isParallel: isParallel, input: input, body)
                directive = await parked(step) { [self] task in
                    finished(step, operation, isRace: isRace, outcome, task)
                }
            }
        }
    }

    private nonisolated(nonsending) func run(
        _ step: StepIdentity, isParallel: Bool, input: RawJSON?,
        _ body: nonisolated(nonsending) () async throws -> RawJSON
    ) async -> StepOutcome {
        let scope = StepScope(step: step, session: self, input: input)
        let result: StepResult
        do {
            let output = try await StepScope.$current.withValue(scope) {
                isParallel ? try await Self.beside(body) : try await body()
            }
            result = StepResult(output, of: step)
        } catch {
            result = .failure(ErrorReport(error, in: "step '\(step.name)' of function '\(functionName)'"))
        }
        return StepOutcome(result: result, metadata: scope.metadata.close())
    }

    /// Runs `body` in this very task, but on the process's threads in place of the run's one, so that parallel steps that
    /// compute or block do not wait for each other. What is isolated to an actor stays there.
    private nonisolated(nonsending) static func beside<Output>(
        _ body: nonisolated(nonsending) () async throws -> Output
    ) async throws -> Output {
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
            // The preference holds from the next suspension on.
            await Task.yield()
            return try await body()
        }
    }

    private nonisolated(nonsending) func parked(
        _ step: StepIdentity, _ park: (ParkedTask) -> Void
    ) async -> Directive {
        await withTaskCancellationHandler {
            await withCheckedContinuation { park($0) }
        } onCancel: {
            cancel(step)
        }
    }

    private func meet(_ name: String) throws(RunInterrupted) -> StepIdentity {
        let (step, sharesName, isClosed, hasEnded) = state.withLock { state in
            let (step, sharesName) = state.ledger.meet(name)
            let isNews = sharesName && state.warnedNames.insert(name).inserted
            return (step, isNews, state.isClosed, state.end != nil)
        }
        if isClosed {
            if hasEnded {
                environment.log.warn(
                    .stepAfterEnd,
                    "step '\(name)' was called after '\(functionName)' had returned; it was not run. "
                        + "Await every task that calls steps.")
            }
            throw RunInterrupted()
        }
        if sharesName {
            environment.log.warn(
                .stepNameShared,
                "two steps named '\(name)' of '\(functionName)' wait at the same time: their results are "
                    + "told apart by the order in which they are called. Give each a name of its own.")
        }
        return step
    }

    // MARK: Parking

    private func park(_ step: StepIdentity, _ operation: StepOperation, isRace: Bool, _ task: ParkedTask) {
        settle(task, state.withLock { park(step, operation, isRace: isRace, reported: nil, task, &$0) })
    }

    func park(
        _ step: StepIdentity, _ operation: StepOperation, isRace: Bool, reported report: StepReport?,
        _ task: ParkedTask,
        _ state: inout State
    ) -> ParkingOutcome {
        guard !state.isClosed else { return .interrupted }
        state.ledger.park(step, operation, isRace: isRace, reported: report, as: task)
        guard state.cancelled.remove(step.hash) != nil else { return .parked }
        _ = state.ledger.leave(step.hash)
        return .cancelled
    }

    func settle(_ task: ParkedTask, _ outcome: ParkingOutcome) {
        switch outcome {
        case .parked: poke()
        case .cancelled: task.resume(returning: .cancelled)
        case .interrupted: task.resume(returning: .interrupted)
        }
    }

    private func cancel(_ step: StepIdentity) {
        let task = state.withLock { state -> ParkedTask? in
            if let task = state.ledger.leave(step.hash) { return task }
            state.cancelled.insert(step.hash)
            return nil
        }
        task?.resume(returning: .cancelled)
    }

    // MARK: What a function asks about its run

    /// Whether whoever made the call that this code works for is gone.
    var isAbandoned: Bool {
        state.withLock { state in
            if let scope = StepScope.current, let request = state.running[scope.step.hash] {
                return request.isAbandoned
            }
            return !state.requests.isEmpty && state.requests.allSatisfy(\.isAbandoned)
        }
    }

    /// Whether what the function does right now was done before by an earlier copy, so that its logs would be repeats.
    var isRepeating: Bool {
        guard StepScope.current == nil else { return false }
        return state.withLock { state in
            switch state.replay {
            case .none: false
            case .untilRecorded: state.ledger.isReplaying
            case .whole: true
            }
        }
    }
}

/// The step whose body the current task runs.
struct StepScope: Sendable {
    let step: StepIdentity
    let session: RunSession
    /// The arguments that an operator wants the body to have.
    var input: RawJSON?
    let metadata = MetadataLog()

    @TaskLocal static var current: StepScope?
    /// Whether steps found now are followed up one by one.
    @TaskLocal static var isRace = false
}
