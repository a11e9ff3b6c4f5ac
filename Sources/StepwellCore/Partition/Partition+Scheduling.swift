import StepwellModel

/// Which call is made next: lanes take turns, and wait at gates for room.
extension Partition {
    /// Puts a call that is due into its lane.
    func enqueue(_ slot: Int32) {
        let runSlot = jobs[slot].runSlot
        guard !runs[runSlot].hasOldKeys else {
            jobs[slot].state = .rekeying
            return renewKeysIfThere(of: runSlot)
        }
        jobs[slot].state = .queued
        let job = jobs[slot]
        let lane = lane(for: job)
        lane.jobs.insert(job.reference(slot: slot), at: place(of: job))
        makeReady(lane)
    }

    /// By the time at which a call is due; a start's is earlier by its priority unless it has been tried already.
    func place(of job: Job) -> LaneQueue.Place {
        var place = LaneQueue.Place(isStart: job.kind == .start, rank: job.due.milliseconds, key: job.key)
        let run = runs[job.runSlot]
        if place.isStart, job.attempt == 0, configuration.functions[run.functionKey]?.flow.priority != nil {
            place.rank -= Int64(run.limits.priority) * 1_000
        }
        return place
    }

    private func lane(for job: Job) -> Lane {
        let key = laneKey(for: job)
        if let lane = lanes[key] { return lane }
        lastLane += 1
        let lane = Lane(key: key, number: lastLane)
        lanes[key] = lane
        return lane
    }

    /// The lane in which a call stands once it is due.
    func laneKey(for job: Job) -> LaneKey {
        let run = runs[job.runSlot]
        var key = LaneKey(
            functionKey: run.functionKey, concurrency1: run.limits.concurrency1, concurrency2: run.limits.concurrency2)
        if job.kind == .start, let flow = configuration.functions[run.functionKey]?.flow {
            if flow.throttle != nil && !job.isAdmitted { key.throttle = run.limits.throttle }
            if flow.runConcurrency != nil && !run.holdsRunSlot { key.run = run.limits.run }
        }
        key.isGateway = job.kind.isGateway
        return key
    }

    private func makeReady(_ lane: Lane) {
        guard lane.state == .idle else { return }
        lane.state = .ready
        readyLanes.append(lane)
    }

    /// Makes every call for which there is room.
    func pump() {
        if let from = callsFrom, from <= now.engine { callsFrom = nil }
        while !isDraining, callsFrom == nil, let lane = readyLanes.popFirst() {
            lane.state = .idle
            let wokenBy = lane.wokenBy
            lane.wokenBy = nil
            dropStale(lane)
            guard let first = lane.jobs.first else {
                lanes[lane.key] = nil
                settleTurn(of: lane)
                passOn(wokenBy)
                continue
            }
            let gates = gates(for: lane.key)
            if let closed = gates.first(where: { !$0.gate.admits(lane, at: now.engine, limit: $0.limit) }) {
                if wokenBy != nil { passOver(lane) }
                park(lane, at: closed)
                passOn(wokenBy)
                continue
            }
            lane.jobs.popFirst()
            dispatch(first, through: gates)
            settleTurn(of: lane)
            passOn(wokenBy)
            if lane.jobs.isEmpty { lanes[lane.key] = nil } else { makeReady(lane) }
        }
    }

    /// Jobs that ended while they stood in line.
    private func dropStale(_ lane: Lane) {
        while let first = lane.jobs.first, find(first)?.state != .queued {
            lane.jobs.popFirst()
            lane.staleCount -= 1
        }
    }

    /// A job ends while it stands in line, and its place stays behind, until such places are the greater part.
    func noteStalePlace(in lane: Lane) {
        lane.staleCount += 1
        guard lane.staleCount > Self.stalePlacesMax, lane.staleCount * 2 > lane.jobs.count else { return }
        lane.jobs.removeAll { find($0)?.state != .queued }
        lane.staleCount = 0
    }

    private static let stalePlacesMax = 64

    /// Lets the next lane in line try, while a gate has room.
    func passOn(_ gate: Gate?) {
        guard let gate, let next = gate.popWaiter(at: now.engine) else { return }
        next.lane.state = .idle
        next.lane.wokenBy = gate
        makeReady(next.lane)
        if let overtaken = next.overtaken { passOver(overtaken) }
    }

    private func wakeAll(at gate: Gate) {
        for lane in gate.popAllWaiters() {
            lane.state = .idle
            makeReady(lane)
        }
    }

    // MARK: - Gates

    /// A gate on a lane's way, and how many may hold it at once.
    struct Passage {
        var gate: Gate
        var limit: Int
    }

    func gates(for lane: LaneKey) -> [Passage] {
        guard let function = configuration.functions[lane.functionKey] else { return [] }
        var gates = gatesHeldByCalls(of: function, lane).map { Passage(gate: gate($0.key), limit: $0.limit) }
        if let hash = lane.run, let rule = function.flow.runConcurrency {
            gates.append(Passage(gate: gate(.run(function.key, hash: hash)), limit: rule.limit))
        }
        if let hash = lane.throttle, function.flow.throttle != nil {
            gates.append(Passage(gate: gate(.throttle(function.key, hash: hash)), limit: .max))
        }
        if isPaused(function.key) { gates.append(Passage(gate: gate(.pause(function.key)), limit: 0)) }
        return gates
    }

    /// The app's or the server's own first, then one for each concurrency rule.
    func gatesHeldByCalls(of function: FunctionPlan, _ lane: LaneKey) -> [(key: GateKey, limit: Int)] {
        var gates: [(key: GateKey, limit: Int)] = [
            lane.isGateway
                ? (.gateway, settings.gatewayCallsMax) : (.app(function.appKey), settings.callsPerAppMax)
        ]
        for (place, rule) in function.flow.concurrency.prefix(2).enumerated() {
            let hash = place == 0 ? lane.concurrency1 : lane.concurrency2
            let key: GateKey =
                rule.scope == .function
                ? .concurrency(function.key, rule: UInt8(place), hash: hash) : .shared(rule.scope, hash: hash)
            gates.append((key, rule.limit))
        }
        return gates
    }

    func gate(_ key: GateKey) -> Gate {
        if let gate = gates[key] { return gate }
        let gate = Gate(key: key)
        gates[key] = gate
        return gate
    }

    /// A gate's time has come: lets those try who wait there.
    func reopen(_ key: GateKey) {
        guard let gate = gates[key] else { return }
        if let until = gate.closedUntil, until <= now.engine { gate.closedUntil = nil }
        if let probe = gate.probe, probe.generation != nil, let proven = probe.provenAt, proven <= now.engine {
            gate.probe = nil
        }
        if let expiry = gate.expiresAt, expiry <= now.engine { gate.expiresAt = nil }
        if gate.arrivalMicroseconds <= now.engine.milliseconds * 1_000 {
            gate.arrivalMicroseconds = 0
        } else if gate.closedUntil == nil {
            expire(gate)
        }
        // A throttle mostly has room for one, so that one is let try, and passes the word on while there is more.
        if case .throttle = key { passOn(gate) } else { wakeAll(at: gate) }
        forgetIfIdle(gate)
    }

    /// Sees to it that a throttle is forgotten once its starts lie far enough back.
    private func expire(_ gate: Gate) {
        guard gate.expiresAt == nil else { return }
        let expiry = Timestamp(milliseconds: (gate.arrivalMicroseconds + 999) / 1_000)
        gate.expiresAt = expiry
        gateTimers.insert(gate.key, due: expiry)
    }

    /// Limits may have changed: every lane tries again, the oldest first, and whoever stands in line of a function that has
    /// changed is put into line again.
    func requeue(changed: Set<FunctionKey>) {
        forgetTurn()
        for gate in gates.values { _ = gate.popAllWaiters() }
        let old = lanes.values.sorted { $0.number < $1.number }
        lanes = [:]
        readyLanes = Queue()
        for lane in old {
            if changed.contains(lane.key.functionKey) {
                lane.jobs.forEach { if let job = find($0), job.state == .queued { requeue(job, at: $0.slot) } }
            } else {
                lanes[lane.key] = lane
                lane.state = .idle
                lane.wokenBy = nil
                makeReady(lane)
            }
        }
        for gate in Array(gates.values) { forgetIfIdle(gate) }
    }

    private func requeue(_ job: Job, at slot: Int32) {
        if runs[job.runSlot].hasOldKeys { jobs[slot].state = .rekeying } else { enqueue(slot) }
    }

    func forgetIfIdle(_ gate: Gate) {
        if gate.isIdle { gates[gate.key] = nil }
    }

    func close(_ gate: Gate, until time: Timestamp) {
        gate.closedUntil = time
        gateTimers.insert(gate.key, due: time)
    }

    // MARK: - Dispatches

    private func dispatch(_ reference: JobReference, through passages: [Passage]) {
        guard let job = find(reference), let function = configuration.functions[runs[job.runSlot].functionKey] else {
            preconditionFailure("a call is made for a job or function that is not there")
        }
        noteRun?(runs[job.runSlot].key)
        let generation = nextGeneration()
        let gates = passages.map(\.gate)
        let holders = gates.filter(\.key.isHeldByCalls)
        dispatches[generation] = Dispatch(
            generation: generation, app: function.appKey, gates: holders.map(\.key),
            isGateway: job.kind.isGateway, job: reference, startedAt: now.engine)
        for gate in holders {
            gate.holders.insert(generation)
            gate.served(function.key)
            startTrial(at: gate, generation)
        }
        jobs[reference.slot].state = .dispatched
        jobs[reference.slot].generation = generation
        for gate in gates {
            switch gate.key {
            case .run: takeRunSlot(job.runSlot, at: gate)
            case .throttle:
                jobs[reference.slot].isAdmitted = true
                dispatches[generation]?.usedThrottle = gate.key
                if let rule = function.flow.throttle { useUp(gate, rule.rate) }
            case .app, .gateway, .concurrency, .shared, .pause: break
            }
        }
        if job.kind == .start { bringOnStartTimeout(of: job.runSlot) }
        // It may have ended the run.
        guard find(reference) != nil else { return }
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
    private func useUp(_ gate: Gate, _ rate: CellRate) {
        guard case .throttle(let functionKey, let hash) = gate.key else { return }
        let arrival = rate.arrivalMicroseconds(after: gate.arrivalMicroseconds, now: now.engine.milliseconds * 1_000)
        gate.arrivalMicroseconds = arrival
        writes.append(
            .putThrottle(ThrottleRow(functionKey: functionKey, keyHash: hash, arrivalMicroseconds: arrival)))
        closeIfUsedUp(gate, rate)
    }

    /// Until the next start is allowed.
    func closeIfUsedUp(_ gate: Gate, _ rate: CellRate) {
        let allowed = rate.allowedMicroseconds(after: gate.arrivalMicroseconds)
        let nowMicroseconds = now.engine.milliseconds * 1_000
        if allowed > nowMicroseconds {
            close(gate, until: Timestamp(milliseconds: (allowed + 999) / 1_000))
        } else {
            expire(gate)
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
        if job.kind == .start {
            if job.isAdmitted { writeJob(reference.slot) }
            watchFinish(of: runSlot, function.flow)
        }
        if job.kind.isGateway { return orderRequest(job, detail, of: state) }
        // Only a call that is its run's one action may run what it finds: beside another, both could find the same step.
        let isAlone = isAlone(reference.slot)
        effects.append(
            .dispatch(
                CallOrder(
                    generation: generation, jobKey: job.key, runKey: state.run.key, runID: state.run.id,
                    function: function, stepID: job.kind == .step ? detail.stepID : nil, attempt: Int(job.attempt),
                    requestVersion: state.run.requestVersion, forcesStepPlan: state.run.forcesStepPlan || !isAlone,
                    cause: Int(job.cause), event: state.event.payload,
                    otherEvents: state.otherEvents.map(\.payload), steps: state.steps,
                    input: state.rerun?.pendingInput { state.stepIDs.contains($0) }, stateBytes: state.stateBytes,
                    defers: state.defers.map { .init(id: $0.id, isAbortable: $0.status == .scheduled) })))
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
            if let key = dispatch.usedThrottle { giveBack(key) }
        }
    }

    /// A start that has passed the throttle is not made after all.
    private func giveBack(_ key: GateKey) {
        guard case .throttle(let function, let hash) = key, let gate = gates[key],
            let rate = configuration.functions[function]?.flow.throttle?.rate
        else { return }
        gate.arrivalMicroseconds = max(0, gate.arrivalMicroseconds - rate.emissionMicroseconds)
        writes.append(
            .putThrottle(
                ThrottleRow(functionKey: function, keyHash: hash, arrivalMicroseconds: gate.arrivalMicroseconds)))
        gate.closedUntil = nil
        closeIfUsedUp(gate, rate)
        passOn(gate)
    }
}
