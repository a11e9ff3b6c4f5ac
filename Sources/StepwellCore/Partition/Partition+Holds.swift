import StepwellModel

/// Debounces and batches: a run is made with the first event and held back while more come in.
///
/// Such a run is queued and has one next action, the end of its hold. What each event changes is written with that event,
/// whether the run is in memory or not, so that no event is lost once it is accepted.
extension Partition {
    /// A batch that has grown to this many bytes starts. Source: PROTOCOL, section 5.
    static let batchBytesMax = 10 << 20

    /// Lets an event join the open hold of its key, or opens one.
    func hold(
        _ start: Start, _ plan: HoldPlan, of function: FunctionPlan, event: EventRow, incoming: IncomingEvent
    ) {
        let key = HoldKey(plan, of: function)
        if let hold = holds[key] {
            join(hold, key, start, of: function, event: event, incoming: incoming)
        } else {
            open(key, plan, start, of: function, event: event, incoming: incoming)
        }
    }

    private func open(
        _ key: HoldKey, _ plan: HoldPlan, _ start: Start, of function: FunctionPlan, event: EventRow,
        incoming: IncomingEvent
    ) {
        let run = newRun(start, of: function, event: event)
        writes.append(.insertRun(run))
        noteIdempotency(of: run.key, function, by: incoming)
        // Its limits count from when it is let go.
        let runSlot = insert(RunState(run: run, event: event, steps: [], details: [:]), LimitHashes())
        let (span, deadline) = times(of: key.kind, function.flow)
        let slot = addJob(
            to: runSlot, NextAction(kind: key.kind, due: .after(span)),
            detail: JobDetail(createdAt: now.engine, stepID: "", stepName: "", options: nil))
        let row = HoldRow(
            jobKey: jobs[slot].key, keyHash: key.keyHash, key: plan.key, deadline: deadline,
            progress: HoldProgress(eventTime: incoming.timestamp, events: 1, bytes: event.payload.count))
        writes.append(.insertHold(row))
        open(Hold(row, slot: slot), of: slot)
        letGoIfFull(key, of: function)
    }

    /// How long a hold lasts with its first event alone, and when it ends at the latest.
    private func times(of kind: JobKind, _ flow: FlowControl) -> (span: Milliseconds, deadline: Timestamp?) {
        guard kind == .debounce else { return (flow.batch?.timeout ?? .zero, nil) }
        let period = flow.debounce?.period ?? .zero
        guard let timeout = flow.debounce?.timeout else { return (period, nil) }
        return (min(period, timeout), resolve(.after(timeout)).due)
    }

    /// Makes a hold the one that events join. After a crash there may be another of the same key that has ended.
    func open(_ hold: Hold, of slot: Int32) {
        let job = jobs[slot]
        let key = HoldKey(kind: job.kind, functionKey: runs[job.runSlot].functionKey, keyHash: hold.keyHash)
        holds[key] = hold
        holdKeys[hold.jobKey] = key
    }

    private func join(
        _ hold: Hold, _ key: HoldKey, _ start: Start, of function: FunctionPlan, event: EventRow,
        incoming: IncomingEvent
    ) {
        let runSlot = jobs[hold.job.slot].runSlot
        noteIdempotency(of: runs[runSlot].key, function, by: incoming)
        var progress = hold.progress
        if key.kind == .debounce {
            guard incoming.timestamp >= progress.eventTime else {
                return drop(event.key, function.key, .outdated, heldBy: runs[runSlot].key)
            }
            progress.bytes = event.payload.count
        } else {
            progress.bytes += event.payload.count
        }
        progress.eventTime = max(progress.eventTime, incoming.timestamp)
        progress.events += 1
        holds[key]?.progress = progress
        writes.append(.updateHold(hold.jobKey, progress))
        if key.kind == .debounce {
            takePlace(in: hold, start, of: function, event: event)
        } else {
            addToBatch(of: hold, event, position: progress.events - 1)
            letGoIfFull(key, of: function)
        }
    }

    // MARK: - Debounce

    /// The event starts the run instead of the one before, and the time begins anew.
    private func takePlace(in hold: Hold, _ start: Start, of function: FunctionPlan, event: EventRow) {
        let slot = hold.job.slot
        let run = runs[jobs[slot].runSlot].key
        writes.append(
            .replaceRunEvent(
                run, event.key, limitKeys: start.limitKeys, correlationID: correlationID(of: event)))
        let due = resolve(.after(function.flow.debounce?.period ?? .zero)).due
        postpone(slot, to: min(due, hold.deadline ?? due))
        arrive(.replaceEvent(event, start.limitKeys), at: jobs[slot].runSlot)
    }

    private func postpone(_ slot: Int32, to due: Timestamp) {
        move(slot, to: due)
        writeHoldingJob(slot)
    }

    /// The row of a job that holds a start back says nothing that is not in memory.
    private func writeHoldingJob(_ slot: Int32) {
        let detail = JobDetail(createdAt: now.engine, stepID: "", stepName: "", options: nil)
        writes.append(.putJob(JobRow(core: core(of: jobs[slot]), detail: detail)))
        noteChange(of: runs[jobs[slot].runSlot].key)
    }

    func replaceEvent(of runSlot: Int32, with event: EventRow, _ limitKeys: LimitKeys) {
        guard let state = runs[runSlot].state else { return }
        state.replace(event)
        state.run.eventKey = event.key
        state.run.limitKeys = limitKeys
        state.run.correlationID = correlationID(of: event)
        touch(state, runSlot)
    }

    // MARK: - Batches

    private func addToBatch(of hold: Hold, _ event: EventRow, position: Int) {
        let runSlot = jobs[hold.job.slot].runSlot
        writes.append(
            .insertRunEvent(RunEventRow(runKey: runs[runSlot].key, position: position, eventKey: event.key)))
        noteChange(of: runs[runSlot].key)
        let run = runs[runSlot]
        if run.state != nil || run.isLoading { return arrive(.addEvent(event, position: position), at: runSlot) }
        // The run is read with all its events once it is let go; until this one is durable it is remembered.
        joinedEvents[run.key, default: []].append((event, position, batch: sequence))
        joinedEventsDue.append((run: run.key, batch: sequence))
    }

    /// The events that have joined a run's batch and may be missing when it is read now.
    func takeJoinedEvents(of run: RunKey) -> [RunArrival] {
        guard !joinedEvents.isEmpty else { return [] }
        return (joinedEvents.removeValue(forKey: run) ?? []).map { .addEvent($0.event, position: $0.position) }
    }

    /// Events that are durable come with their runs.
    func forgetJoinedEvents() {
        while let first = joinedEventsDue.first, first.batch <= committedSequence {
            joinedEventsDue.popFirst()
            joinedEvents[first.run]?.removeAll { $0.batch <= committedSequence }
            if joinedEvents[first.run]?.isEmpty == true { joinedEvents[first.run] = nil }
        }
    }

    /// What was read may have the event already.
    func addEvent(_ event: EventRow, at position: Int, to runSlot: Int32) {
        guard let state = runs[runSlot].state else { return }
        if state.otherEvents.count == position - 1 { state.add(event) }
        touch(state, runSlot)
    }

    private func letGoIfFull(_ key: HoldKey, of function: FunctionPlan) {
        guard key.kind == .batch, let hold = holds[key] else { return }
        let sizeMax = function.flow.batch?.sizeMax ?? 0
        guard hold.progress.events >= sizeMax || hold.progress.bytes >= Self.batchBytesMax else { return }
        // Should the process end before the run has been read, the next one finds that the time has come.
        postpone(hold.job.slot, to: now.engine)
        close(holdOf: hold.jobKey)
        noteStaleTimer(of: jobs[hold.job.slot])
        wake(hold.job, with: nil)
    }

    // MARK: - The end of a hold

    /// No event joins any more.
    func close(holdOf job: JobKey) {
        guard let key = holdKeys.removeValue(forKey: job), holds[key]?.jobKey == job else { return }
        holds[key] = nil
    }

    /// The run is about to be cancelled: the next event opens a hold of its own.
    func closeHold(of runSlot: Int32) {
        for slot in jobSlots(ofRun: runSlot) where jobs[slot].kind.isHold { close(holdOf: jobs[slot].key) }
    }

    /// A job that holds a start back ends, or becomes the start.
    func dropHold(of slot: Int32) {
        guard jobs[slot].kind.isHold else { return }
        close(holdOf: jobs[slot].key)
        writes.append(.deleteHold(jobs[slot].key))
    }

    /// Starts the run: from here on it is like any other.
    func release(_ slot: Int32) {
        let runSlot = jobs[slot].runSlot
        guard let state = runs[runSlot].state, let function = configuration.functions[runs[runSlot].functionKey] else {
            preconditionFailure("a run is let go while it or its function is not in memory")
        }
        evaluateKeysAgain(of: state, function)
        if let other = singletonInTheWay(of: state.run.limitKeys, function) {
            let output = SkipReason.singleton(runSlots[other].flatMap { runs[$0].state?.run.id })
            return finish(runSlot, as: .skipped, output: output.json)
        }
        let isOfBatch = jobs[slot].kind == .batch
        runs[runSlot].limits = LimitHashes(state.run.limitKeys)
        let view = EventView(name: state.event.name, payload: state.event.payload)
        let time = state.event.payload.value(at: ["ts"])?.integer.map { Timestamp(milliseconds: $0) } ?? now.wall
        let due: Deadline = time > now.wall ? .at(time) : .after(.zero)
        turn(
            slot, into: NextAction(kind: .start, due: due),
            detail: JobDetail(createdAt: now.engine, stepID: "", stepName: "", options: nil))
        if !isOfBatch { watch(runSlot, function.flow, startingAt: due, event: view) }
        if let key = singletonKey(of: function.key, runs[runSlot].limits) { takeSingleton(key, for: state.run.key) }
    }
}
