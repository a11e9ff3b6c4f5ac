import StepwellModel

/// What workers answer.
extension Partition {
    /// An answer whose dispatch is not live is refused: it is late, doubled, or from before a restart.
    func receive(_ answer: CallAnswer) {
        guard let dispatch = dispatches[answer.generation], dispatch.isOrdered else { return }
        if case .unreachable(let message) = answer.outcome {
            takeBack(dispatch, message: message)
            return
        }
        if !dispatch.isGateway { noteReachable(dispatch.app) }
        release(dispatch)
        guard let reference = dispatch.job, let job = find(reference) else { return }
        noteRun?(runs[job.runSlot].key)
        runs[job.runSlot].state?.dispatches -= 1
        jobs[reference.slot].generation = 0
        noteStart(of: job.runSlot, at: dispatch.startedAt, requestVersion: answer.outcome.requestVersion)
        switch answer.outcome {
        case .completed(let output): finish(job.runSlot, as: .completed, output: output)
        case .failed(let error, let retry):
            if tryAgain(reference.slot, error: error, retry: retry, startedAt: dispatch.startedAt) { return }
            if job.kind.isGateway {
                finishRequest(reference.slot, memo: ErrorObject.memo(of: error), isError: true, dispatch)
            } else {
                finish(job.runSlot, as: .failed, output: error)
            }
        case .fetched(let memo): finishRequest(reference.slot, memo: memo, isError: false, dispatch)
        case .operations(let operations, _):
            handle(operations, of: reference.slot, startedAt: dispatch.startedAt)
        case .unreachable: preconditionFailure("handled above")
        }
    }

    /// The first answer tells that the run runs, and which protocol its worker speaks: pinned from now on.
    private func noteStart(of runSlot: Int32, at startedAt: Timestamp, requestVersion: Int?) {
        guard let state = runs[runSlot].state else { return }
        var isChanged = false
        if state.run.status == .queued {
            state.run.status = .running
            state.run.startedAt = startedAt
            isChanged = true
            removeWatches(.startTimeout, of: runSlot)
        }
        if state.run.requestVersion < 0, let requestVersion {
            state.run.requestVersion = requestVersion
            isChanged = true
        }
        if isChanged { writeRun(runSlot) }
    }

    func writeRun(_ runSlot: Int32) {
        guard let state = runs[runSlot].state else { return }
        touch(state, runSlot)
        writes.append(
            .updateRun(
                state.run.key, status: state.run.status, startedAt: state.run.startedAt,
                requestVersion: state.run.requestVersion, forcesStepPlan: state.run.forcesStepPlan))
        noteChange(of: state.run.key)
    }

    // MARK: - Another attempt

    /// Sets a job up for another attempt; false when there is none left, and nothing was changed but the history.
    func tryAgain(_ slot: Int32, error: RawJSON, retry: Retry, startedAt: Timestamp) -> Bool {
        let job = jobs[slot]
        guard let function = configuration.functions[runs[job.runSlot].functionKey],
            let detail = runs[job.runSlot].state?.details[job.key]
        else { preconditionFailure("a job is tried again without its run") }
        let next = Int(job.attempt) + 1
        let hasAttempt = retry != .never && next < function.attemptsMax
        let deadline = delay(beforeAttempt: next, retry)
        let (due, isWall) = resolve(deadline)
        marks.attempt += 1
        writes.append(
            .insertAttempt(
                AttemptRow(
                    key: AttemptKey(marks.attempt), runKey: runs[job.runSlot].key,
                    stepID: detail.stepID.isEmpty ? nil : detail.stepID,
                    stepName: detail.stepID.isEmpty ? nil : detail.stepName, attempt: Int(job.attempt),
                    startedAt: startedAt, endedAt: now.engine, error: error, retryAt: hasAttempt ? due : nil)))
        guard hasAttempt else { return false }
        jobs[slot].attempt = UInt8(clamping: next)
        jobs[slot].due = due
        jobs[slot].isDueOnWallClock = isWall
        jobs[slot].isAdmitted = true
        writeJob(slot)
        schedule(slot)
        return true
    }

    private func delay(beforeAttempt next: Int, _ retry: Retry) -> Deadline {
        if case .at(let deadline) = retry { return deadline }
        if let interval = settings.retryInterval { return .after(interval) }
        return .after(Backoff.delay(afterAttempt: next - 1) + Milliseconds(Int64(random.next() % 30_001)))
    }

    // MARK: - Workers that cannot be reached

    /// The worker refused the connection: the job goes back to its place in line, and the app's gate stays closed
    /// until a trial succeeds.
    private func takeBack(_ dispatch: Dispatch, message: String) {
        if let gate = gates[.app(dispatch.app)] {
            let isTrial = gate.probe?.generation == dispatch.generation
            if gate.probe == nil || isTrial {
                let delay =
                    gate.probe.map { min(Milliseconds($0.delay.count * 2), Self.probeDelayMax) } ?? Self.probeDelayMin
                gate.probe = Gate.Probe(delay: delay, generation: nil)
                close(gate, until: now.engine + delay)
            }
        }
        if unreachable[dispatch.app] == nil {
            unreachable[dispatch.app] = Unreachable(since: now.engine, message: message)
        }
        unreachable[dispatch.app]?.message = message
        release(dispatch)
        guard let reference = dispatch.job, let job = find(reference) else { return }
        runs[job.runSlot].state?.dispatches -= 1
        jobs[reference.slot].generation = 0
        // The first call has not been made after all.
        if job.kind == .start, runs[job.runSlot].state?.run.status == .queued {
            removeWatches(.finishTimeout, of: job.runSlot)
        }
        enqueue(reference.slot)
    }

    static let probeDelayMin = Milliseconds(100)
    static let probeDelayMax = Milliseconds.seconds(5)

    /// An app has given a sign of life: the next trial need not wait for its time.
    func tryNow(_ app: AppKey) {
        guard let gate = gates[.app(app)], gate.probe != nil else { return }
        gate.closedUntil = nil
        reopen(gate.key)
    }

    /// Any answer at all shows that the app is back: all its work goes on at once.
    private func noteReachable(_ app: AppKey) {
        unreachable[app] = nil
        guard let gate = gates[.app(app)], gate.probe != nil else { return }
        gate.probe = nil
        gate.closedUntil = nil
        reopen(gate.key)
    }
}

/// Since when an app has refused connections, and what the last one said.
struct Unreachable {
    var since: Timestamp
    var message: String
}

extension CallOutcome {
    fileprivate var requestVersion: Int? {
        if case .operations(_, let version) = self { version ?? 1 } else { nil }
    }
}

/// The delays between attempts. Source: PROTOCOL, section 3.8.
enum Backoff {
    private static let table: [Milliseconds] = [
        .seconds(15), .seconds(30), .minutes(1), .minutes(2), .minutes(5), .minutes(10), .minutes(20), .minutes(40),
        .hours(1), .hours(2),
    ]

    /// The delay after attempt `attempt` (from 0), without jitter.
    static func delay(afterAttempt attempt: Int) -> Milliseconds { table[min(max(attempt, 0), table.count - 1)] }
}
