import StepwellModel

/// Keys of runs that are queued or under way when their function registers with other ones.
///
/// From that moment on no call is made by old keys: a call that is due waits until the keys of its run have been evaluated
/// again, against its event as it was. Runs that are in memory have that done when their next call comes; all others are
/// read page by page, from the oldest on, as bulk work does it. Each run has its new keys in the batch that moves its calls
/// to their new places, where they stand by the times at which they became due. The slots that calls under way have taken
/// move with their run, so that what is in use of a value are at every moment the calls of the runs that have it.
extension Partition {
    // MARK: - Beginning

    /// - Parameter functions: Those whose keys have changed.
    func renewKeys(of functions: Set<FunctionKey>) {
        guard !functions.isEmpty else { return }
        var old: [Int32] = []
        runs.forEach { slot, run in if functions.contains(run.functionKey) { old.append(slot) } }
        // What is held back has its keys evaluated when it is let go.
        old.removeAll { jobs[runs[$0].firstJob].kind.isHold }
        guard let first = old.lazy.map({ self.runs[$0].key }).min() else { return }
        for slot in old { runs[slot].hasOldKeys = true }
        let before = keyRenewal?.row
        let cursor = RunKey(first.value - 1)
        let row = KeyRenewalRow(
            functions: functions.union(before?.functions ?? []), cursor: min(before?.cursor ?? cursor, cursor),
            last: RunKey(marks.run))
        takeUp(row, batch: sequence)
        writes.append(.putKeyRenewal(row))
        // Their calls are counted at once where they count from now on; there are no more of them than calls at a time.
        for slot in old.filter(isCalled).sorted(by: { runs[$0].key < runs[$1].key }) { renewKeysIfThere(of: slot) }
    }

    func takeUp(_ row: KeyRenewalRow, batch: Int64) {
        lastKeyRenewal += 1
        keyRenewal = KeyRenewal(number: lastKeyRenewal, row: row, batch: batch)
    }

    private func isCalled(_ runSlot: Int32) -> Bool { (runs[runSlot].state?.dispatches ?? 0) > 0 }

    // MARK: - Pages

    /// Asks for the next runs whose keys are to be evaluated again.
    func readRunsWithOldKeys() {
        guard let renewal = keyRenewal, !renewal.isReading, renewal.batch <= committedSequence, !isDraining,
            hasRoomInBatch, loads.count < settings.loadsMax
        else { return }
        guard renewal.row.cursor < renewal.row.last else {
            keyRenewal = nil
            return writes.append(.deleteKeyRenewal)
        }
        keyRenewal?.isReading = true
        load(
            .bulkPage(
                BulkPageRequest(
                    .runs, filter: BulkFilter(functions: renewal.row.functions, statuses: [.queued, .running]),
                    after: renewal.row.cursor.value, through: renewal.row.last.value, limit: settings.bulkPageMax)),
            for: .keyRenewal(number: renewal.number))
    }

    func receive(_ page: BulkPage, forKeyRenewal number: UInt64) {
        guard keyRenewal?.number == number else { return }
        keyRenewal?.isReading = false
        var cursor = page.cursor
        for candidate in page.runs {
            guard let slot = runSlots[candidate.key], runs[slot].hasOldKeys else { continue }
            guard !runs[slot].isLoading else {
                // Whoever reads it comes first, and evaluates its keys.
                cursor = candidate.key.value - 1
                break
            }
            if let run = candidate.run { renewKeys(of: slot, run.event) }
        }
        guard var row = keyRenewal?.row, row.cursor.value < cursor else { return }
        row.cursor = RunKey(cursor)
        keyRenewal?.row = row
        writes.append(.putKeyRenewal(row))
    }

    // MARK: - One run

    /// Evaluates a run's keys again if they are old and the run is in memory.
    func renewKeysIfThere(of runSlot: Int32) {
        guard runs[runSlot].hasOldKeys, !runs[runSlot].isLoading, let state = runs[runSlot].state else { return }
        renewKeys(of: runSlot, state.event)
    }

    private func renewKeys(of runSlot: Int32, _ event: EventRow) {
        runs[runSlot].hasOldKeys = false
        guard let function = configuration.functions[runs[runSlot].functionKey] else { return }
        var keys = function.limitKeys(of: event, now: now.wall)
        if isTaken(keys, by: runSlot) { keys.singleton = nil }
        if LimitHashes(keys) != runs[runSlot].limits { replaceKeys(of: runSlot, with: keys) }
        for slot in jobSlots(ofRun: runSlot) {
            if jobs[slot].state == .rekeying { enqueue(slot) }
            renewSlots(of: jobs[slot], function)
        }
    }

    /// Whether another run has the value of the singleton: it keeps it.
    private func isTaken(_ keys: LimitKeys, by runSlot: Int32) -> Bool {
        guard let key = singletonKey(of: runs[runSlot].functionKey, LimitHashes(keys)) else { return false }
        return singletons[key].map { $0 != runs[runSlot].key } ?? false
    }

    private func replaceKeys(of runSlot: Int32, with keys: LimitKeys) {
        let run = runs[runSlot]
        writes.append(.replaceLimitKeys(run.key, keys))
        noteChange(of: run.key)
        if let state = run.state {
            state.run.limitKeys = keys
            touch(state, runSlot)
        }
        freeSingleton(of: run)
        runs[runSlot].limits = LimitHashes(keys)
        if let key = singletonKey(of: run.functionKey, runs[runSlot].limits) { singletons[key] = run.key }
        guard run.holdsRunSlot, run.limits.run != runs[runSlot].limits.run else { return }
        takeRunSlot(runSlot, at: gate(.run(run.functionKey, hash: runs[runSlot].limits.run)))
        freeRunSlot(of: run)
    }

    /// A run that was held back begins: its function may have changed since its event came.
    func evaluateKeysAgain(of state: RunState, _ function: FunctionPlan) {
        guard state.run.functionVersion != function.version else { return }
        let keys = function.limitKeys(of: state.event, now: now.wall)
        guard keys != state.run.limitKeys else { return }
        state.run.limitKeys = keys
        writes.append(.replaceLimitKeys(state.run.key, keys))
    }

    // MARK: - Calls under way

    /// Calls of functions whose limits have changed hold what they would hold if they were made now.
    func renewSlots(of functions: Set<FunctionKey>) {
        for dispatch in dispatches.values.sorted(by: { $0.generation < $1.generation }) {
            guard let job = dispatch.job.flatMap({ find($0) }) else { continue }
            let run = runs[job.runSlot]
            guard functions.contains(run.functionKey), !run.hasOldKeys,
                let function = configuration.functions[run.functionKey]
            else { continue }
            renewSlots(of: job, function)
        }
    }

    private func renewSlots(of job: Job, _ function: FunctionPlan) {
        guard job.state == .dispatched, let dispatch = dispatches[job.generation], dispatch.job != nil else { return }
        let keys = gatesHeldByCalls(of: function, laneKey(for: job)).map(\.key)
        guard keys != dispatch.gates else { return }
        for key in keys { gate(key).holders.insert(dispatch.generation) }
        dispatches[dispatch.generation]?.gates = keys
        for key in dispatch.gates where !keys.contains(key) {
            guard let gate = gates[key] else { continue }
            gate.holders.remove(dispatch.generation)
            passOn(gate)
            forgetIfIdle(gate)
        }
    }
}
