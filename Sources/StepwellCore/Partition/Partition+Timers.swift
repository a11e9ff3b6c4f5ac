import StepwellModel

/// What fires by its time, and has a share of every batch.
enum FiredKind {
    case timers
    case schedules
}

/// What happens when a time has come.
extension Partition {
    /// Whether something is due that may fire before the store has taken the batch.
    var canFireTimers: Bool {
        if let due = gateTimers.nextDue, due <= now.engine { return true }
        if let due = cronTimers.nextDue, due <= now.wall, hasRoomInBatch(for: .schedules) { return true }
        guard hasRoomInBatch(for: .timers) else { return false }
        if let due = timers.nextDue, due <= now.engine { return true }
        if let due = wallTimers.nextDue, due <= now.wall { return true }
        return false
    }

    /// Fires what is due, at most a turn's worth and what one batch should hold: the rest comes with the next input, so
    /// nothing else waits long. Timers and schedules each have a share of every batch, since what is taken in by slices may
    /// fill one batch after the other, and schedules that are due together too.
    func fireTimers() {
        while let entry = gateTimers.popDue(at: now.engine) { reopen(entry.subject) }
        var left = settings.timersPerTurnMax
        left -= fireCrons(atMost: left / 2)
        while left > 0, hasRoomInBatch(for: .timers) {
            guard let entry = timers.popDue(at: now.engine) ?? wallTimers.popDue(at: now.wall) else { break }
            left -= 1
            fired[.timers, default: 0] += 1
            fire(entry)
        }
        while loads.count < settings.loadsMax, let job = pendingWakes.popFirst() { arriveIfThere(job) }
        loadLookBacks()
    }

    /// Whether something more may fire: there is room, or this kind has not had its share of the batch yet.
    func hasRoomInBatch(for kind: FiredKind) -> Bool {
        hasRoomInBatch || fired[kind, default: 0] < settings.firedPerBatchMin
    }

    /// An entry is stale when its job has gone, or has become due at another time.
    private func fire(_ entry: TimerQueue<JobReference>.Entry) {
        guard let job = find(entry.subject), job.state == .timed, job.due == entry.due else {
            staleTimers = max(0, staleTimers - 1)
            return
        }
        // Its time comes when it has looked at all that came before it.
        if isLookingBack(job) { return }
        if job.kind.hasWait && isBehindDeliveries(job) {
            postpone(entry.subject.slot)
        } else if job.kind.hasWait, let delivery = delivery(endingWaitOf: job) {
            conclude(entry.subject, with: delivery.event)
        } else if job.kind.isCall {
            enqueue(entry.subject.slot)
        } else if job.kind.isWatch {
            endWatch(entry.subject)
        } else {
            if job.kind.isHold { close(holdOf: job.key) }
            wakeInTurn(entry.subject)
        }
    }

    /// A wait's time comes a little later, when fewer events are on their way that may end it.
    func postpone(_ slot: Int32) {
        let now = jobs[slot].isDueOnWallClock ? now.wall : now.engine
        jobs[slot].due = now + Self.deliveryPatience
        setTimer(slot)
    }

    private static let deliveryPatience = Milliseconds(100)

    /// A sleep has ended, a wait by its timeout, or a hold.
    func wake(_ job: JobReference, with event: EventRow?) {
        jobs[job.slot].state = .waking
        arrive(.wake(job, event), at: jobs[job.slot].runSlot)
    }

    /// An event ends a wait. When the run is not in memory the match is written with the event, and the run is read as
    /// soon as few enough others are.
    func endWait(of job: JobReference, with event: EventRow) {
        noteStaleTimer(of: jobs[job.slot])
        conclude(job, with: event)
    }

    func conclude(_ job: JobReference, with event: EventRow) {
        let run = runs[jobs[job.slot].runSlot]
        if run.state != nil && !run.isLoading {
            wake(job, with: event)
        } else {
            writes.append(.matchWait(jobs[job.slot].key, event.key))
            wakingEvents[job] = event
            wakeInTurn(job)
        }
    }

    /// A sleep has ended, a wait, a hold or a watch: at once if its run is in memory or about to be, else when it is the
    /// function's turn to have a run read.
    func wakeInTurn(_ job: JobReference) {
        let run = runs[jobs[job.slot].runSlot]
        jobs[job.slot].state = .waking
        guard run.state == nil, !run.isLoading else { return arriveIfThere(job) }
        pendingWakes.append(job, to: .init(function: run.functionKey, hasEvents: wakingEvents[job] != nil))
    }

    /// A match that was found at the start comes with the run.
    func arriveIfThere(_ reference: JobReference) {
        let event = wakingEvents.removeValue(forKey: reference)
        guard let job = find(reference), job.state == .waking else { return }
        arrive(.wake(reference, event), at: job.runSlot)
    }

    /// A job leaves its timer before its time: the entry stays behind.
    func noteStaleTimer(of job: Job) {
        guard job.state == .timed else { return }
        staleTimers += 1
        guard staleTimers > 1_024, staleTimers * 2 > timers.count + wallTimers.count else { return }
        let isAlive = { (entry: TimerQueue<JobReference>.Entry) in
            self.find(entry.subject).map { $0.state == .timed && $0.due == entry.due } ?? false
        }
        timers.compact(isAlive)
        wallTimers.compact(isAlive)
        staleTimers = 0
    }

    /// Records what a sleep or wait came to, and goes on with the run.
    func finishWaiting(_ reference: JobReference, with event: EventRow?) {
        guard let job = find(reference) else { return }
        if job.kind.isWatch { return finish(job.runSlot, as: .cancelled, output: nil) }
        if job.kind.isHold { return release(reference.slot) }
        // The job's key will be that of the run's next wait too.
        let stored = runs[job.runSlot].state?.matches.removeValue(forKey: job.key)
        let matched = event ?? stored
        let memo: RawJSON
        let kind: StepKind
        switch job.kind {
        case .sleep: (memo, kind) = (.null, .sleep)
        case .waitForEvent: (memo, kind) = (matched?.payload ?? .null, .waitForEvent)
        case .waitForSignal: (memo, kind) = (SignalResult.memo(for: matched), .waitForSignal)
        case .invoke: (memo, kind) = (InvokeResult.memo(for: matched), .invoke)
        case .start, .discover, .step, .gateway, .aiGateway, .debounce, .batch, .startTimeout, .finishTimeout,
            .cancelOn:
            preconditionFailure("a call does not wait, and a watch has no result")
        }
        guard let detail = runs[job.runSlot].state?.details[job.key] else { return }
        let isError = job.kind == .invoke && InvokeResult.isError(memo)
        let hasRoom = record(
            Recorded(
                id: detail.stepID, name: detail.stepName, kind: kind, startedAt: detail.createdAt, attempts: 1,
                isError: isError, memo: memo, options: detail.options), in: job.runSlot)
        guard hasRoom else { return }
        if matched != nil, let group = detail.anyGroup {
            guard endOthers(of: group, exceptAt: reference.slot) else { return }
        }
        goOn(after: reference.slot)
    }

    /// One of several waits has its event: the others are over, and leave nothing that waits.
    ///
    /// - Returns: False when the run ended because it has too many steps.
    private func endOthers(of group: String, exceptAt winner: Int32) -> Bool {
        let runSlot = jobs[winner].runSlot
        for slot in jobSlots(ofRun: runSlot) where slot != winner && jobs[slot].kind == .waitForEvent {
            guard let detail = runs[runSlot].state?.details[jobs[slot].key], detail.anyGroup == group else { continue }
            removeJob(slot)
            let hasRoom = record(
                Recorded(
                    id: detail.stepID, name: detail.stepName, kind: .waitForEvent, startedAt: detail.createdAt,
                    attempts: 1, isError: false, memo: .null, options: detail.options), in: runSlot)
            if !hasRoom { return false }
        }
        return true
    }
}
