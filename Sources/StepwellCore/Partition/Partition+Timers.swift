import StepwellModel

/// What happens when a time has come.
extension Partition {
    var hasDueTimers: Bool {
        if let due = timers.nextDue, due <= now.engine { return true }
        if let due = wallTimers.nextDue, due <= now.wall { return true }
        if let due = gateTimers.nextDue, due <= now.engine { return true }
        return false
    }

    /// Fires what is due, at most a turn's worth: the rest comes with the next input, so nothing else waits long.
    func fireTimers() {
        while let entry = gateTimers.popDue(at: now.engine) { reopen(entry.subject) }
        var left = settings.timersPerTurnMax
        while left > 0, loads.count < settings.loadsMax {
            guard let entry = timers.popDue(at: now.engine) ?? wallTimers.popDue(at: now.wall) else { break }
            left -= 1
            fire(entry)
        }
    }

    /// An entry is stale when its job has gone, or has become due at another time.
    private func fire(_ entry: TimerQueue<JobReference>.Entry) {
        guard let job = find(entry.subject), job.state == .timed, job.due == entry.due else { return }
        if job.kind.isCall {
            enqueue(entry.subject.slot)
        } else {
            wake(entry.subject, with: nil)
        }
    }

    /// A sleep has ended, or a wait: by its timeout, or by an event.
    func wake(_ job: JobReference, with event: EventRow?) {
        jobs[job.slot].state = .waking
        arrive(.wake(job, event), at: jobs[job.slot].runSlot)
    }

    /// Records what a sleep or wait came to, and goes on with the run.
    func finishWaiting(_ reference: JobReference, with event: EventRow?) {
        guard let job = find(reference) else { return }
        let memo: RawJSON
        let kind: StepKind
        switch job.kind {
        case .sleep: (memo, kind) = (.null, .sleep)
        case .waitForEvent: (memo, kind) = (event?.payload ?? .null, .waitForEvent)
        case .invoke: (memo, kind) = (InvokeResult.memo(for: event), .invoke)
        case .start, .discover, .step: preconditionFailure("a call does not wait")
        }
        guard let detail = runs[job.runSlot].state?.details[job.key] else { return }
        let isError = job.kind == .invoke && InvokeResult.isError(memo)
        let hasRoom = record(
            Recorded(
                id: detail.stepID, name: detail.stepName, kind: kind, startedAt: detail.createdAt, attempts: 1,
                isError: isError, memo: memo, options: detail.options), in: job.runSlot)
        if hasRoom { goOn(after: reference.slot) }
    }
}
