import StepwellModel

/// Signals: each goes to the one job that waits for its name.
///
/// A signal that finds its waiter becomes an event of the engine's own, stored in the batch in which it ends the wait: so it
/// survives whatever happens until the result is recorded. One that finds nobody leaves nothing behind.
extension Partition {
    func send(_ signal: SentSignal, _ token: ReplyToken) {
        guard let waiter = waiter(for: signal.name) else {
            reply(token, .refused(.nobodyWaits))
            return
        }
        let run = runs[jobs[waiter].runSlot].key
        emit(InternalEvent.signal, id: nil, data: SignalResult.data(of: signal))
        reply(token, .signalled(run))
    }

    /// The job that waits for a signal. One whose signal has come, and whose result is still to be recorded, waits no more.
    private func waiter(for signal: String) -> Int32? {
        waits.jobs(waitingFor: SignalResult.plan(signal)).first { find($0)?.state == .timed }?.slot
    }

    /// Whether one of these waits may not begin, since somebody waits for its signal and must not be replaced.
    func hasSignalConflict(_ operations: [Operation]) -> Bool {
        var taken: Set<String> = []
        for operation in operations {
            guard case .waitForSignal(let name, _, let replaces) = operation.kind else { continue }
            if !replaces && (taken.contains(name) || waiter(for: name) != nil) { return true }
            taken.insert(name)
        }
        return false
    }

    /// Who waits for the signal waits on without it, until its time is up.
    func takeSignal(_ name: String) {
        guard let slot = waiter(for: name) else { return }
        removeWait(of: slot)
        writes.append(.deleteWait(jobs[slot].key))
        noteChange(of: runs[jobs[slot].runSlot].key)
    }
}
