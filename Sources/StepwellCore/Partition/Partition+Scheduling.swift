import StepwellModel

/// Which call is made next: lanes take turns, and wait at gates for room.
extension Partition {
    /// Puts a call that is due into its lane.
    func enqueue(_ slot: Int32, atFront: Bool = false) {
        jobs[slot].state = .queued
        let lane = lane(for: jobs[slot])
        let reference = jobs[slot].reference(slot: slot)
        if atFront { lane.jobs.prepend(reference) } else { lane.jobs.append(reference) }
        makeReady(lane)
    }

    private func lane(for job: Job) -> Lane {
        let run = runs[job.runSlot]
        let isThrottled =
            job.kind == .start && !job.isAdmitted && configuration.functions[run.functionKey]?.blueprint.throttle != nil
        let key = LaneKey(
            functionKey: run.functionKey, concurrencyHashes: run.concurrencyHashes,
            throttleHash: isThrottled ? run.throttleHash : 0, isThrottled: isThrottled)
        if let lane = lanes[key] { return lane }
        lastLane += 1
        let lane = Lane(key: key, number: lastLane)
        lanes[key] = lane
        return lane
    }

    private func makeReady(_ lane: Lane) {
        guard lane.state == .idle else { return }
        lane.state = .ready
        readyLanes.append(lane)
    }

    /// Makes every call for which there is room.
    func pump() {
        while !isDraining, let lane = readyLanes.popFirst() {
            lane.state = .idle
            let wokenBy = lane.wokenBy
            lane.wokenBy = nil
            dropStale(lane)
            guard let first = lane.jobs.first else {
                lanes[lane.key] = nil
                passOn(wokenBy)
                continue
            }
            let gates = gates(for: lane)
            if let closed = gates.first(where: { !$0.hasRoom(at: now.engine) }) {
                park(lane, at: closed)
                if closed !== wokenBy { passOn(wokenBy) }
                continue
            }
            lane.jobs.popFirst()
            dispatch(first, through: gates)
            passOn(wokenBy)
            if lane.jobs.isEmpty { lanes[lane.key] = nil } else { makeReady(lane) }
        }
    }

    /// Jobs that ended while they stood in line.
    private func dropStale(_ lane: Lane) {
        while let first = lane.jobs.first, find(first)?.state != .queued { lane.jobs.popFirst() }
    }

    private func park(_ lane: Lane, at gate: Gate) {
        lane.state = .parked
        gate.waiting.append(lane)
    }

    /// Lets the next lane in line try, while a gate has room.
    private func passOn(_ gate: Gate?) {
        guard let gate, gate.hasRoom(at: now.engine), let lane = gate.waiting.popFirst() else { return }
        lane.state = .idle
        lane.wokenBy = gate
        makeReady(lane)
    }

    private func wakeAll(at gate: Gate) {
        while let lane = gate.waiting.popFirst() {
            lane.state = .idle
            makeReady(lane)
        }
    }

    // MARK: - Gates

    private func gates(for lane: Lane) -> [Gate] {
        guard let function = configuration.functions[lane.key.functionKey] else { return [] }
        var gates = [gate(.app(function.appKey), limit: settings.callsPerAppMax)]
        for (place, rule) in function.blueprint.concurrency.prefix(2).enumerated() {
            let hash = place == 0 ? lane.key.concurrencyHashes.first : lane.key.concurrencyHashes.second
            gates.append(gate(.concurrency(function.key, rule: UInt8(place), hash: hash), limit: rule.limit))
        }
        if lane.key.isThrottled, function.blueprint.throttle != nil {
            gates.append(gate(.throttle(function.key, hash: lane.key.throttleHash), limit: .max))
        }
        return gates
    }

    private func gate(_ key: GateKey, limit: Int) -> Gate {
        if let gate = gates[key] {
            gate.limit = limit
            return gate
        }
        let gate = Gate(key: key, limit: limit)
        gates[key] = gate
        return gate
    }

    /// A gate's time has come: lets everyone try who waits there.
    func reopen(_ key: GateKey) {
        guard let gate = gates[key] else { return }
        if let until = gate.closedUntil, until <= now.engine { gate.closedUntil = nil }
        if let probe = gate.probe, probe.generation != nil, let proven = probe.provenAt, proven <= now.engine {
            gate.probe = nil
        }
        if gate.arrivalMicroseconds <= now.engine.milliseconds * 1_000 {
            gate.arrivalMicroseconds = 0
        } else if gate.closedUntil == nil {
            gateTimers.insert(key, due: Timestamp(milliseconds: (gate.arrivalMicroseconds + 999) / 1_000))
        }
        wakeAll(at: gate)
        forgetIfIdle(gate)
    }

    /// Limits may have changed: everyone who waits at a gate looks again, the oldest lane first.
    func reopenAll() {
        var lanes: [Lane] = []
        for gate in gates.values {
            while let lane = gate.waiting.popFirst() { lanes.append(lane) }
        }
        for lane in lanes.sorted(by: { $0.number < $1.number }) {
            lane.state = .idle
            makeReady(lane)
        }
    }

    private func forgetIfIdle(_ gate: Gate) {
        if gate.isIdle { gates[gate.key] = nil }
    }

    func close(_ gate: Gate, until time: Timestamp) {
        gate.closedUntil = time
        gateTimers.insert(gate.key, due: time)
    }

    // MARK: - Dispatches

    private func dispatch(_ reference: JobReference, through gates: [Gate]) {
        guard let job = find(reference), let function = configuration.functions[runs[job.runSlot].functionKey] else {
            preconditionFailure("a call is made for a job or function that is not there")
        }
        noteRun?(runs[job.runSlot].key)
        let generation = nextGeneration()
        let holders = gates.filter { if case .throttle = $0.key { false } else { true } }
        dispatches[generation] = Dispatch(
            generation: generation, app: function.appKey, gates: holders.map(\.key), job: reference,
            startedAt: now.engine)
        for gate in holders {
            gate.holders.insert(generation)
            startTrial(at: gate, generation)
        }
        jobs[reference.slot].state = .dispatched
        jobs[reference.slot].generation = generation
        if let rule = function.blueprint.throttle, let gate = gates.last, case .throttle = gate.key {
            jobs[reference.slot].isAdmitted = true
            useUp(gate, rule)
        }
        arrive(.order(generation), at: job.runSlot)
    }

    /// A refusal comes at once: a trial that is still under way after a second has found the worker.
    private func startTrial(at gate: Gate, _ generation: Int64) {
        guard gate.probe != nil else { return }
        gate.probe?.generation = generation
        gate.probe?.provenAt = now.engine + Self.trialPatience
        gateTimers.insert(gate.key, due: now.engine + Self.trialPatience)
    }

    static let trialPatience = Milliseconds.seconds(1)

    /// Takes one start from a throttle and closes it until the next is allowed.
    private func useUp(_ gate: Gate, _ rule: ThrottleRule) {
        guard case .throttle(let functionKey, let hash) = gate.key else { return }
        let nowMicroseconds = now.engine.milliseconds * 1_000
        let arrival = max(gate.arrivalMicroseconds, nowMicroseconds) + rule.emissionMicroseconds
        gate.arrivalMicroseconds = arrival
        writes.append(
            .putThrottle(ThrottleRow(functionKey: functionKey, keyHash: hash, arrivalMicroseconds: arrival)))
        closeIfUsedUp(gate, rule)
    }

    /// The next start is allowed when one more would not run ahead of now by more than the tolerance.
    func closeIfUsedUp(_ gate: Gate, _ rule: ThrottleRule) {
        let allowed = gate.arrivalMicroseconds + rule.emissionMicroseconds - rule.toleranceMicroseconds
        let nowMicroseconds = now.engine.milliseconds * 1_000
        if allowed > nowMicroseconds {
            close(gate, until: Timestamp(milliseconds: (allowed + 999) / 1_000))
        } else {
            gateTimers.insert(
                gate.key, due: Timestamp(milliseconds: (gate.arrivalMicroseconds + 999) / 1_000))
        }
    }

    /// Hands a dispatch out, now that its run is in memory.
    func order(_ generation: Int64) {
        guard let dispatch = dispatches[generation], let reference = dispatch.job, let job = find(reference) else {
            return
        }
        let runSlot = job.runSlot
        guard let state = runs[runSlot].state, let function = configuration.functions[runs[runSlot].functionKey],
            let detail = state.details[job.key]
        else { preconditionFailure("a dispatch is handed out without its run") }
        dispatches[generation]?.isOrdered = true
        state.dispatches += 1
        if job.kind == .start && job.isAdmitted { writeJob(reference.slot) }
        // Only a call that is its run's one action may run what it finds: beside another, both could find the same step.
        let isAlone = runs[runSlot].firstJob == reference.slot && job.nextInRun < 0
        effects.append(
            .dispatch(
                CallOrder(
                    generation: generation, jobKey: job.key, runKey: state.run.key, runID: state.run.id,
                    function: function, stepID: job.kind == .step ? detail.stepID : nil, attempt: Int(job.attempt),
                    requestVersion: state.run.requestVersion, forcesStepPlan: state.run.forcesStepPlan || !isAlone,
                    cause: Int(job.cause), event: state.event.payload, steps: state.steps,
                    stateBytes: state.stateBytes)))
    }

    /// Ends a dispatch: its slots are free, and those who waited for them get their turn.
    func release(_ dispatch: Dispatch) {
        dispatches[dispatch.generation] = nil
        for key in dispatch.gates {
            guard let gate = gates[key] else { continue }
            gate.holders.remove(dispatch.generation)
            if gate.probe?.generation == dispatch.generation { gate.probe?.generation = nil }
            passOn(gate)
            forgetIfIdle(gate)
        }
    }

    /// A job ends while a call of it is being prepared, which is then not made, or is under way, which then goes on
    /// without a run and holds its slots until it is answered.
    func abandonDispatch(of job: Job) {
        guard job.state == .dispatched, let dispatch = dispatches[job.generation] else { return }
        if dispatch.isOrdered {
            dispatches[job.generation]?.job = nil
        } else {
            release(dispatch)
        }
    }
}
