import StepwellModel

/// What a run is to do next, before it is a job.
struct NextAction {
    var kind: JobKind
    var due: Deadline
    var attempt = 0
    var group: Int64 = 0
    var isRacing = false
    var cause = 0
}

/// A run's next actions: making, changing and ending them.
extension Partition {
    /// Adds a next action to a run that is in memory, writes it, and sets it going.
    @discardableResult
    func addJob(to runSlot: Int32, _ action: NextAction, detail: JobDetail) -> Int32 {
        marks.job += 1
        let key = JobKey(marks.job)
        let (due, isWall) = resolve(action.due)
        let slot = jobs.insert(
            Job(
                key: key, runSlot: runSlot, nextInRun: runs[runSlot].firstJob, due: due, group: action.group,
                cause: UInt16(clamping: action.cause), attempt: UInt8(clamping: action.attempt), kind: action.kind,
                state: .timed, isDueOnWallClock: isWall, isRacing: action.isRacing, isAdmitted: false))
        runs[runSlot].firstJob = slot
        runs[runSlot].state?.details[key] = detail
        writeJob(slot)
        schedule(slot)
        return slot
    }

    /// Writes a job as it stands in memory.
    func writeJob(_ slot: Int32) {
        let job = jobs[slot]
        guard let state = runs[job.runSlot].state, let detail = state.details[job.key] else {
            preconditionFailure("a job is written while its run is not in memory")
        }
        touch(state, job.runSlot)
        writes.append(.putJob(JobRow(core: core(of: job), detail: detail)))
        noteChange(of: runs[job.runSlot].key)
    }

    /// Whoever follows the run looks at it again, once what has changed is durable.
    func noteChange(of run: RunKey) {
        if case .changed(run) = effects.last { return }
        effects.append(.changed(run))
    }

    func core(of job: Job) -> JobCore {
        let run = runs[job.runSlot]
        return JobCore(
            key: job.key, runKey: run.key, functionKey: run.functionKey, kind: job.kind, due: job.due,
            isDueOnWallClock: job.isDueOnWallClock, attempt: Int(job.attempt), group: Int(job.group),
            isRacing: job.isRacing, isAdmitted: job.isAdmitted, cause: Int(job.cause), limits: run.limits)
    }

    /// Puts a job where it belongs until its time has come: a timer, or at once its lane.
    func schedule(_ slot: Int32) {
        if isDueCall(jobs[slot]) {
            enqueue(slot)
        } else {
            jobs[slot].state = .timed
            setTimer(slot)
        }
    }

    /// Makes a job that stands in a timer due at another time.
    func move(_ slot: Int32, to due: Timestamp) {
        noteStaleTimer(of: jobs[slot])
        jobs[slot].due = due
        setTimer(slot)
    }

    func isDueCall(_ job: Job) -> Bool { job.kind.isCall && job.due <= (job.isDueOnWallClock ? now.wall : now.engine) }

    func setTimer(_ slot: Int32) {
        let job = jobs[slot]
        if job.isDueOnWallClock {
            wallTimers.insert(job.reference(slot: slot), due: job.due)
        } else {
            timers.insert(job.reference(slot: slot), due: job.due)
        }
    }

    /// Makes a job that is done into the run's next action, which keeps its key: one row instead of two.
    func turn(_ slot: Int32, into action: NextAction, detail: JobDetail) {
        dropHold(of: slot)
        // With the job goes its wait; the next row is a new one under the same key.
        if jobs[slot].kind.hasWait { writes.append(.deleteJob(jobs[slot].key)) }
        removeWait(of: slot)
        noteStaleTimer(of: jobs[slot])
        let (due, isWall) = resolve(action.due)
        jobs[slot].kind = action.kind
        jobs[slot].due = due
        jobs[slot].isDueOnWallClock = isWall
        jobs[slot].attempt = UInt8(clamping: action.attempt)
        jobs[slot].group = action.group
        jobs[slot].isRacing = action.isRacing
        jobs[slot].isAdmitted = false
        jobs[slot].generation = 0
        jobs[slot].cause = UInt16(clamping: action.cause)
        runs[jobs[slot].runSlot].state?.details[jobs[slot].key] = detail
        writeJob(slot)
        schedule(slot)
    }

    /// Ends a job. A call of it that is under way stays a live dispatch, without a run.
    func removeJob(_ slot: Int32) {
        let job = jobs[slot]
        let lane = job.state == .queued ? lanes[laneKey(for: job)] : nil
        abandonDispatch(of: job)
        removeWait(of: slot)
        dropHold(of: slot)
        noteStaleTimer(of: job)
        unlink(slot, from: job.runSlot)
        jobs.remove(slot)
        if let lane { noteStalePlace(in: lane) }
        if let state = runs[job.runSlot].state {
            state.details[job.key] = nil
            touch(state, job.runSlot)
        }
        writes.append(.deleteJob(job.key))
    }

    private func unlink(_ slot: Int32, from runSlot: Int32) {
        if runs[runSlot].firstJob == slot {
            runs[runSlot].firstJob = jobs[slot].nextInRun
            return
        }
        var previous = runs[runSlot].firstJob
        while jobs[previous].nextInRun != slot { previous = jobs[previous].nextInRun }
        jobs[previous].nextInRun = jobs[slot].nextInRun
    }

    func removeWait(of slot: Int32) {
        endLookBack(of: jobs[slot].key)
        guard jobs[slot].wait >= 0 else { return }
        waits.remove(jobs[slot].wait)
        jobs[slot].wait = -1
    }

    /// The slots of a run's jobs.
    func jobSlots(ofRun runSlot: Int32) -> [Int32] {
        var slots: [Int32] = []
        var slot = runs[runSlot].firstJob
        while slot >= 0 {
            slots.append(slot)
            slot = jobs[slot].nextInRun
        }
        return slots
    }

    /// The job that a reference means, if it is still there.
    func find(_ reference: JobReference) -> Job? {
        guard let job = jobs.find(reference.slot), job.reference(slot: reference.slot) == reference else { return nil }
        return job
    }

    func resolve(_ deadline: Deadline) -> (due: Timestamp, isOnWallClock: Bool) {
        switch deadline {
        case .after(let span): (now.engine + (span > .zero ? span + settings.clockResolution : .zero), false)
        case .at(let date): (date, true)
        }
    }

    /// Marks a run's details as changed by the batch that is being built.
    func touch(_ state: RunState, _ runSlot: Int32) {
        state.changedInBatch = sequence
        cache.account(for: state)
        cache.use(state, RunReference(slot: runSlot, key: runs[runSlot].key))
    }
}
