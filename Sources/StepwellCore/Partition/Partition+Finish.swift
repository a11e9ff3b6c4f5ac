import StepwellModel

/// The end of a run.
extension Partition {
    /// Ends a run: its jobs and waits go, calls under way go on without it, and the world is told by events.
    func finish(_ runSlot: Int32, as status: RunStatus, output: RawJSON?) {
        guard let state = runs[runSlot].state else { preconditionFailure("a run ends while it is not in memory") }
        precondition(state.run.status.canTransition(to: status), "\(state.run.status) cannot become \(status)")
        state.run.status = status
        state.run.endedAt = now.engine
        state.run.output = output
        for slot in jobSlots(ofRun: runSlot) { removeJob(slot) }
        writes.append(.finishRun(state.run.key, status: status, endedAt: now.engine, output: output))
        noteChange(of: state.run.key)
        cache.removed(state)
        let entry = runs[runSlot]
        runSlots[entry.key] = nil
        runs.remove(runSlot)
        freeSingleton(of: entry)
        freeRunSlot(of: entry)
        announce(state)
        scheduleDefers(of: state)
    }

    func cancel(_ run: RunKey, _ token: ReplyToken) {
        guard let slot = runSlots[run] else {
            reply(token, .refused(.runNotActive))
            return
        }
        arrive(.cancel(token), at: slot)
    }

    /// Ends a run without looking at it: it has killed the process again and again. Nothing is told to other functions,
    /// since what is known of the run cannot be trusted. To be called between recovery's rows and its end.
    package func quarantine(_ run: RunKey, error: RawJSON) {
        guard let runSlot = runSlots[run] else { return }
        for slot in jobSlots(ofRun: runSlot) {
            removeWait(of: slot)
            dropHold(of: slot)
            writes.append(.deleteJob(jobs[slot].key))
            jobs.remove(slot)
        }
        writes.append(.finishRun(run, status: .failed, endedAt: now.engine, output: error))
        let entry = runs[runSlot]
        runSlots[run] = nil
        runs.remove(runSlot)
        freeSingleton(of: entry)
    }

    /// Emits the events that tell of a run's end. Runs that such events started tell nothing, so there is no loop.
    private func announce(_ state: RunState) {
        let cause = state.event.name
        guard cause != InternalEvent.finished, cause != InternalEvent.failed, cause != InternalEvent.cancelled else {
            return answerInvocations(of: state)
        }
        if state.run.status == .skipped { return refuseInvocation(by: state.event, SkipReason.singleton(nil).message) }
        guard let function = configuration.functions[state.run.functionKey] else { return }
        let ending = InternalEvent.Ending(run: state.run, slug: function.slug, triggers: state.eventPayloads)
        switch state.run.status {
        case .failed:
            emit(InternalEvent.failed, id: state.run.id.description, data: ending.data, sessions: ending.sessions)
        case .cancelled:
            emit(InternalEvent.cancelled, id: state.run.id.description, data: ending.data, sessions: ending.sessions)
        case .completed, .skipped, .queued, .running: break
        }
        let row = emit(InternalEvent.finished, id: nil, data: ending.data, sessions: ending.sessions)
        // A rerun answers nobody who has invoked the run that it repeats.
        guard state.rerun == nil else { return }
        for event in state.otherEvents { endInvocation(by: event, with: row) }
    }

    /// Everyone who has invoked a batch's run gets its result: the event names only the first.
    private func endInvocation(by event: EventRow, with row: EventRow) {
        guard let correlationID = correlationID(of: event) else { return }
        for job in waits.jobs(waitingFor: InvokeResult.plan(correlationID: correlationID))
        where find(job)?.kind == .invoke {
            endWaitIfThere(of: job, row)
        }
    }

    /// A batch that began with the end of another run tells nothing of its own end but to those who have invoked it.
    private func answerInvocations(of state: RunState) {
        guard state.rerun == nil, let function = configuration.functions[state.run.functionKey] else { return }
        for event in state.otherEvents {
            guard let correlationID = correlationID(of: event) else { continue }
            var run = state.run
            run.correlationID = correlationID
            let ending = InternalEvent.Ending(run: run, slug: function.slug, triggers: state.eventPayloads)
            emit(InternalEvent.finished, id: nil, data: ending.data, sessions: ending.sessions)
        }
    }

    /// Sends an event of the engine's own on the way of every event.
    ///
    /// - Parameter id: The event's id as receivers see it; nil for the id that the engine gives every event.
    @discardableResult
    func emit(
        _ name: String, id: String?, data: RawJSON, user: RawJSON = .emptyObject, version: String? = nil,
        sessions: RawJSON? = nil
    ) -> EventRow {
        let ownID = freshID()
        let payload = InternalEvent.payload(
            name: name, id: id ?? ownID.description, data: data, user: user, version: version,
            sessions: sessions, at: now.wall)
        let view = EventView(name: name, payload: payload)
        return ingest(
            IncomingEvent(
                id: ownID, name: name, senderDigest: nil, timestamp: now.wall, payload: payload,
                starts: starts(for: view)),
            view: view)
    }

    /// Invocations name their function; every other event is matched by triggers.
    private func starts(for view: EventView) -> [Start] {
        guard view.name == InternalEvent.invoked else { return configuration.starts(for: view, now: now.wall) }
        guard let target = view.payload.value(at: ["data", "_inngest", "fn_id"])?.string,
            let function = configuration.function(named: target)
        else { return [] }
        return [configuration.start(of: function, for: view, now: now.wall)]
    }

    // MARK: - Invocations

    /// Sends the event that starts an invoked function; when there is no such function, the answer comes at once.
    func publishInvocation(_ operation: Operation, in runSlot: Int32) {
        guard case .invoke(let target, let payload, let timeout) = operation.kind else { return }
        guard let state = runs[runSlot].state, let caller = configuration.functions[state.run.functionKey],
            let app = configuration.apps[caller.appKey]
        else { return }
        let invocation = InternalEvent.Invocation(
            app: app.id, caller: caller, target: target, correlationID: correlationID(of: operation, in: runSlot),
            stepName: operation.name, expires: resolve(timeout).due, payload: payload)
        emit(
            InternalEvent.invoked, id: payload.id, data: invocation.data, user: payload.user, version: payload.version,
            sessions: state.event.payload.value(at: ["meta", "sessions"])?.raw)
        guard configuration.function(named: target) == nil else { return }
        emit(
            InternalEvent.finished, id: nil,
            data: InternalEvent.refusal(
                "could not find function with ID: \(target)", correlationID: invocation.correlationID))
    }
}
