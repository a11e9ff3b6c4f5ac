import StepwellExpressions
import StepwellModel

/// Back into memory at start-up. The calls come in this order: apps, functions, throttles, rate limits, schedules,
/// function states, bulk work, keys that
/// are being evaluated again, jobs by key, waits, holds, events on their way to waits, the end.
extension Partition {
    /// What is collected until all is there.
    package struct Recovery {
        fileprivate var apps: [AppKey: AppRow] = [:]
        fileprivate var functions: [FunctionKey: FunctionPlan] = [:]
        /// The jobs that wait for an event, until their waits have come.
        fileprivate var waiting: [JobKey: Int32] = [:]
        /// The jobs that hold a start back, until their holds have come.
        fileprivate var held: [JobKey: Int32] = [:]
        fileprivate var throttles: [Gate] = []
        /// Jobs whose wait an event had ended.
        fileprivate var matched: [JobReference] = []
        /// Runs whose place as a singleton a newer one has taken.
        fileprivate var superseded: [RunKey] = []
        package init() {}
    }

    package func recover(_ app: AppRow, _ recovery: inout Recovery) { recovery.apps[app.key] = app }

    package func recover(_ function: FunctionRow, as blueprint: FunctionBlueprint, _ recovery: inout Recovery) {
        recovery.functions[function.key] = FunctionPlan(
            key: function.key, appKey: function.appKey, version: function.version,
            isArchived: function.archivedAt != nil, blueprint: blueprint)
    }

    package func recover(_ throttle: ThrottleRow, _ recovery: inout Recovery) {
        guard throttle.arrivalMicroseconds > now.engine.milliseconds * 1_000 else { return }
        let gate = gate(.throttle(throttle.functionKey, hash: throttle.keyHash))
        gate.arrivalMicroseconds = throttle.arrivalMicroseconds
        recovery.throttles.append(gate)
    }

    package func recover(_ limit: RateLimitRow) {
        keepRateLimit(
            RateLimitKey(functionKey: limit.functionKey, keyHash: limit.keyHash),
            arrivalMicroseconds: limit.arrivalMicroseconds)
    }

    package func recover(_ hold: HoldRow, _ recovery: inout Recovery) {
        guard let slot = recovery.held[hold.jobKey] else { return }
        open(Hold(hold, slot: slot), of: slot)
    }

    /// To be called with the last event of each name that was on its way to waits. They go on where the process before has
    /// stopped; the waits that they have ended are no longer there.
    package func recover(deliveriesOf name: String, last: EventKey) {
        leave(.init(after: EventKey(0), last: last, batch: 0), named: name)
    }

    package func recover(_ cron: CronRow) {
        crons[CronKey(functionKey: cron.functionKey, expression: cron.expression)] = cron.lastTick
    }

    package func recover(_ state: FunctionStateRow) {
        functionStates[state.functionKey] = state.state == .active ? nil : state
    }

    /// To be called before the jobs.
    package func recover(_ renewal: KeyRenewalRow) { takeUp(renewal, batch: 0) }

    /// - Throws: ``ExpressionError`` when a stored expression is none, which only a damaged file can bring about.
    package func recover(_ bulk: BulkRow) throws(ExpressionError) {
        let condition = try bulk.filter.condition.map { (text) throws(ExpressionError) in
            try Expression(parsingStored: text)
        }
        bulks.append(Bulk(bulk, condition: condition, batch: 0, at: now.engine))
    }

    package func recover(_ core: JobCore, _ recovery: inout Recovery) {
        let runSlot = runSlots[core.runKey] ?? recoverRun(of: core, &recovery)
        let slot = jobs.insert(
            Job(
                key: core.key, runSlot: runSlot, nextInRun: runs[runSlot].firstJob, due: core.due,
                group: Int64(core.group), cause: UInt16(clamping: core.cause), attempt: UInt8(clamping: core.attempt),
                kind: core.kind, state: .timed, isDueOnWallClock: core.isDueOnWallClock, isRacing: core.isRacing,
                isAdmitted: core.isAdmitted))
        runs[runSlot].firstJob = slot
        if core.kind.hasWait { recovery.waiting[core.key] = slot }
        if core.kind.isHold { recovery.held[core.key] = slot }
    }

    private func recoverRun(of core: JobCore, _ recovery: inout Recovery) -> Int32 {
        var entry = RunEntry(key: core.runKey, functionKey: core.functionKey, limits: core.limits)
        entry.hasOldKeys = !core.kind.isHold && keyRenewal?.row.isAhead(of: core.runKey, core.functionKey) == true
        let slot = runs.insert(entry)
        runSlots[core.runKey] = slot
        if let key = singletonKey(of: core.functionKey, core.limits) {
            let other = singletons[key]
            singletons[key] = max(other ?? core.runKey, core.runKey)
            if let other { recovery.superseded.append(min(other, core.runKey)) }
        }
        return slot
    }

    /// - Throws: ``ExpressionError`` when a stored expression is none, which only a damaged file can bring about.
    package func recover(_ wait: WaitRow, _ recovery: inout Recovery) throws(ExpressionError) {
        guard let slot = recovery.waiting[wait.jobKey] else { return }
        guard wait.matchedEvent == nil else {
            jobs[slot].state = .waking
            recovery.matched.append(jobs[slot].reference(slot: slot))
            return
        }
        var plan = WaitPlan(eventName: wait.eventName, path: wait.path, digest: wait.digest)
        if let residual = wait.residual { plan.residual = try Expression(parsingStored: residual) }
        jobs[slot].wait = waits.insert(jobs[slot].reference(slot: slot), plan: plan, after: wait.afterEvent)
        if let from = wait.looksBackTo { beginLookBack(to: from, upTo: wait.afterEvent, by: slot) }
    }

    /// A call that is due, whose place in line is said by the order in which it is put there; starts have ranks.
    private func isInLine(_ slot: Int32) -> Bool { isDueCall(jobs[slot]) && jobs[slot].kind != .start }

    /// Sets everything going: queued calls, timers, throttles. Nothing waits for a lease, since no answer to a call from
    /// before can be accepted.
    package func finishRecovery(_ recovery: Recovery) {
        configuration = Configuration(version: 1, apps: recovery.apps, functions: recovery.functions)
        effects.append(.configure(configuration))
        for gate in recovery.throttles {
            guard case .throttle(let function, _) = gate.key,
                let rule = configuration.functions[function]?.flow.throttle
            else { continue }
            closeIfUsedUp(gate, rule.rate)
        }
        takeMissingRunSlots()
        renewCrons(isStart: true)
        var slots: [Int32] = []
        jobs.forEach { slot, job in if job.state != .waking { slots.append(slot) } }
        for slot in slots where !isInLine(slot) { schedule(slot) }
        for slot in slots.filter(isInLine).sorted(by: { (jobs[$0].due, $0) < (jobs[$1].due, $1) }) { schedule(slot) }
        for job in recovery.matched { wakeInTurn(job) }
        for run in recovery.superseded { if let slot = runSlots[run] { arrive(.cancel(nil), at: slot) } }
        if settings.recoveryGrace > .zero && epoch > 1 { callsFrom = now.engine + settings.recoveryGrace }
        loadLookBacks()
        fireTimers()
        readBulkPages()
        readRunsWithOldKeys()
        readDeliveries()
        pump()
    }
}
