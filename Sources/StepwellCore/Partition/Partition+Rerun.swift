import StepwellModel

/// Runs that repeat others.
extension Partition {
    func rerun(_ run: RunKey, from start: RerunStart?, _ token: ReplyToken) {
        load(.run(run), for: .rerun(start, token))
    }

    func receive(_ original: LoadedRun, from start: RerunStart?, _ token: ReplyToken) {
        do throws(Refusal) {
            reply(token, .rerun(try repeatRun(original, from: start)))
        } catch {
            reply(token, .refused(error))
        }
    }

    /// Starts a run of the same function, in its newest version, for the same event or batch, whatever became of the first
    /// one.
    ///
    /// It passes no rate limit and takes no event's id, since an operator wants it; all other limits hold for it as for any
    /// run. Nobody waits for it, so it does not answer a run that invoked the first one.
    ///
    /// - Returns: Its id.
    @discardableResult
    func repeatRun(
        _ original: LoadedRun, from start: RerunStart?, bulkID: ULID? = nil
    ) throws(Refusal) -> ULID {
        guard let function = configuration.functions[original.run.functionKey] else {
            throw .unknownFunction("number \(original.run.functionKey.value)")
        }
        guard !function.isArchived else { throw .archivedFunction(function.slug) }
        let event = original.event
        // Beginning at once, it is held back for no more events.
        let view = EventView(name: event.name, payload: event.payload)
        let keys = configuration.start(of: function, for: view, now: now.wall)
        var run = newRun(keys, of: function, event: event)
        run.correlationID = nil
        let skipReason = skipReason(of: keys.limitKeys, function)
        if let skipReason { skip(&run, skipReason) }
        writes.append(.insertRun(run))
        noteChange(of: run.key)
        let rerun = RerunRow(
            runKey: run.key, originalID: original.run.id, stepID: start?.stepID, input: start?.input,
            bulkID: bulkID)
        writes.append(.insertRerun(rerun))
        for (place, event) in original.otherEvents.enumerated() {
            writes.append(.insertRunEvent(RunEventRow(runKey: run.key, position: place + 1, eventKey: event.key)))
        }
        guard skipReason == nil else { return run.id }
        let state = RunState(
            run: run, event: event, steps: copySteps(of: original, before: start, to: run), details: [:])
        state.rerun = rerun
        for event in original.otherEvents { state.add(event) }
        begin(state, of: function, due: .after(.zero), view: view, isOfBatch: keys.hold?.kind == .batch)
        return run.id
    }

    /// The results that come with the new run: those that its original had before the step, in their order.
    private func copySteps(of original: LoadedRun, before start: RerunStart?, to run: RunRow) -> [StepMemo] {
        guard let start else { return [] }
        let copied = original.steps.prefix { $0.id != start.stepID }
        for var step in copied {
            step.runKey = run.key
            writes.append(.insertStep(step))
        }
        return copied.map { StepMemo(id: $0.id, memo: $0.memo) }
    }
}
