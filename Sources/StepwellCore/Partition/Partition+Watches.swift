import StepwellExpressions
import StepwellModel

/// Jobs that watch a run and may cancel it: timeouts, and listeners for events.
extension Partition {
    /// Sets up what watches a run from the moment that it is scheduled.
    ///
    /// - Parameter start: When its first call is due: a start in the future has its whole time from then on.
    func watch(_ runSlot: Int32, _ flow: FlowControl, startingAt start: Deadline, event: EventView) {
        if let timeout = flow.startTimeout {
            let due: Deadline = if case .at(let date) = start { .at(date + timeout) } else { .after(timeout) }
            addWatch(.startTimeout, to: runSlot, due: due)
        }
        for rule in flow.cancels {
            let plan = WaitPlan(eventName: rule.event, condition: rule.condition, event: event, now: now.wall)
            guard !plan.isImpossible else { continue }
            beginWait(plan, by: addWatch(.cancelOn, to: runSlot, due: rule.timeout))
        }
    }

    /// Sets up what watches a run from its first call on.
    func watchFinish(of runSlot: Int32, _ flow: FlowControl) {
        guard let timeout = flow.finishTimeout, watches(.finishTimeout, of: runSlot).isEmpty else { return }
        addWatch(.finishTimeout, to: runSlot, due: .after(timeout))
    }

    @discardableResult
    private func addWatch(_ kind: JobKind, to runSlot: Int32, due: Deadline) -> Int32 {
        addJob(
            to: runSlot, NextAction(kind: kind, due: due),
            detail: JobDetail(createdAt: now.engine, stepID: "", stepName: "", options: nil))
    }

    private func watches(_ kind: JobKind, of runSlot: Int32) -> [Int32] {
        jobSlots(ofRun: runSlot).filter { jobs[$0].kind == kind }
    }

    func removeWatches(_ kind: JobKind, of runSlot: Int32) {
        // A single job is not a watch.
        guard jobs[runs[runSlot].firstJob].nextInRun >= 0 else { return }
        for slot in watches(kind, of: runSlot) { removeJob(slot) }
    }

    /// The time of a watch has come: a listener stops, a timeout cancels the run.
    func endWatch(_ reference: JobReference) {
        let job = jobs[reference.slot]
        if job.kind == .startTimeout, let time = patienceEnd(ofFirstCallOf: job.runSlot) {
            return postpone(reference.slot, until: time)
        }
        let isOver =
            switch job.kind {
            case .cancelOn: true
            case .startTimeout: hasBegun(job.runSlot)
            default: false
            }
        jobs[reference.slot].state = .waking
        if isOver { removeJob(reference.slot) } else { wakeInTurn(reference) }
    }

    /// A run is about to be read for its first call while its start timeout, which is over, waits for the run to be read: it
    /// goes first, so that the run ends without the call.
    func bringOnStartTimeout(of runSlot: Int32) {
        // A single job is not a watch.
        guard jobs[runs[runSlot].firstJob].nextInRun >= 0 else { return }
        for slot in watches(.startTimeout, of: runSlot) where jobs[slot].state == .waking {
            arriveIfThere(jobs[slot].reference(slot: slot))
        }
    }

    /// Until when the worker may still refuse the call that a run is to begin with; nil when there is none, or it is older.
    private func patienceEnd(ofFirstCallOf runSlot: Int32) -> Timestamp? {
        for slot in jobSlots(ofRun: runSlot) where jobs[slot].kind == .start && jobs[slot].state == .dispatched {
            guard let dispatch = dispatches[jobs[slot].generation] else { continue }
            let end = dispatch.startedAt + Self.trialPatience
            return end > now.engine ? end : nil
        }
        return nil
    }

    /// The row stays as it is: after a restart no call is under way.
    private func postpone(_ slot: Int32, until time: Timestamp) {
        jobs[slot].due = time
        jobs[slot].isDueOnWallClock = false
        timers.insert(jobs[slot].reference(slot: slot), due: time)
    }

    /// Whether a run's first call has been made.
    func hasBegun(_ runSlot: Int32) -> Bool {
        jobSlots(ofRun: runSlot).contains {
            let job = jobs[$0]
            return !job.kind.isWatch && !job.kind.isHold
                && (job.kind != .start || job.state == .dispatched || job.attempt > 0)
        }
    }

    /// Whether no other action of the run is under way, beside those that only watch it.
    func isAlone(_ slot: Int32) -> Bool {
        if runs[jobs[slot].runSlot].firstJob == slot && jobs[slot].nextInRun < 0 { return true }
        return !jobSlots(ofRun: jobs[slot].runSlot).contains { $0 != slot && !jobs[$0].kind.isWatch }
    }
}
