import StepwellModel

/// Why a run does not go on: read from where its jobs stand, so it cannot differ from what happens.
extension Partition {
    func explain(_ run: RunKey, _ token: ReplyToken) {
        guard let runSlot = runSlots[run] else {
            reply(token, .refused(.runNotActive))
            return
        }
        reply(token, .explained(explanation(of: runSlot)))
    }

    private func explanation(of runSlot: Int32) -> Explanation {
        var explanation = Explanation(moment: now, actions: [], watches: [])
        let hasBegun = hasBegun(runSlot)
        var looks = Looks(left: settings.explainedPlacesMax)
        let attemptsMax = configuration.functions[runs[runSlot].functionKey]?.attemptsMax ?? 1
        for slot in jobSlots(ofRun: runSlot).sorted(by: { jobs[$0].key < jobs[$1].key }) {
            let job = jobs[slot]
            if job.kind.isWatch {
                // It has nothing to say any more, and goes with the first answer.
                if job.kind == .startTimeout && hasBegun { continue }
                explanation.watches.append(Explanation.Watch(job: job.key, kind: job.kind, due: job.due))
            } else {
                explanation.actions.append(
                    Explanation.Action(
                        job: job.key, kind: job.kind, attempt: Int(job.attempt), attemptsMax: attemptsMax,
                        causes: causes(of: slot, &looks)))
            }
        }
        return explanation
    }

    private func causes(of slot: Int32, _ looks: inout Looks) -> [Explanation.Cause] {
        let job = jobs[slot]
        switch job.state {
        case .timed: return [causeOfTimer(job)]
        case .queued: return causesInLane(job, &looks)
        case .rekeying: return isDraining ? [.draining] : [.renewingKeys]
        case .dispatched:
            guard let dispatch = dispatches[job.generation], dispatch.isOrdered else { return [.reading] }
            return [.calling(since: dispatch.startedAt)]
        case .waking: return [.reading]
        }
    }

    private func causeOfTimer(_ job: Job) -> Explanation.Cause {
        if job.due <= (job.isDueOnWallClock ? now.wall : now.engine) { return .overdue(since: job.due) }
        switch job.kind {
        case .sleep: return .sleeping(until: job.due)
        case .waitForEvent: return .event(until: job.due)
        case .waitForSignal: return .signal(until: job.due, isReplaced: job.wait < 0)
        case .invoke: return .invoked(until: job.due)
        case .debounce: return .debounce(until: job.due, events: heldEvents(by: job))
        case .batch: return .batch(until: job.due, events: heldEvents(by: job))
        case .start, .discover, .step, .gateway, .aiGateway:
            return job.attempt > 0 ? .retry(at: job.due) : .scheduled(at: job.due)
        case .startTimeout, .finishTimeout, .cancelOn: preconditionFailure("a watch keeps no run waiting")
        }
    }

    private func heldEvents(by job: Job) -> Int { holdKeys[job.key].flatMap { holds[$0]?.progress.events } ?? 1 }

    // MARK: - In a lane

    /// What has been looked at for one explanation. A run can have a thousand actions, a line a million jobs and a limit
    /// very many holders, and the engine has other things to do.
    private struct Looks {
        /// So many more places in lines are looked at.
        var left: Int
        var oldest: [GateKey: Explanation.Holder] = [:]
    }

    private func causesInLane(_ job: Job, _ looks: inout Looks) -> [Explanation.Cause] {
        if isDraining { return [.draining] }
        if let callsFrom { return [.recovering(until: callsFrom)] }
        guard let lane = lanes[laneKey(for: job)] else { preconditionFailure("a job that is queued is in no lane") }
        let passages = gates(for: lane.key)
        // What was made only to be looked at goes again.
        defer { for passage in passages { forgetIfIdle(passage.gate) } }
        var causes: [Explanation.Cause] = []
        for (place, passage) in passages.enumerated()
        where !passage.gate.hasRoom(at: now.engine, limit: passage.limit) {
            causes.append(cause(at: passage, rule: place - 1, &looks))
        }
        let (ahead, isMinimum) = countAhead(of: job, in: lane, &looks)
        if ahead > 0 || causes.isEmpty { causes.append(.inLine(ahead: ahead, isMinimum: isMinimum)) }
        return causes
    }

    /// - Parameter rule: The place of the concurrency rule, when the gate is one's: they come after the app's.
    private func cause(at passage: Passage, rule: Int, _ looks: inout Looks) -> Explanation.Cause {
        let gate = passage.gate
        switch gate.key {
        case .app(let app):
            if gate.probe != nil, let unreachable = unreachable[app] {
                return .unreachable(
                    since: unreachable.since, message: unreachable.message, trialAt: gate.closedUntil)
            }
            return .appLimit(occupancy(of: passage, &looks))
        case .gateway: return .gatewayLimit(occupancy(of: passage, &looks))
        case .concurrency: return .concurrency(rule: rule, .function, occupancy(of: passage, &looks))
        case .shared(let scope, _): return .concurrency(rule: rule, scope, occupancy(of: passage, &looks))
        case .run: return .runLimit(occupancy(of: passage, &looks))
        case .throttle: return .throttle(until: gate.closedUntil ?? now.engine)
        case .pause(let function): return .paused(since: functionStates[function]?.since ?? now.engine)
        }
    }

    private func occupancy(of passage: Passage, _ looks: inout Looks) -> Explanation.Occupancy {
        let gate = passage.gate
        // Generations and keys grow, so the lowest is the oldest.
        let oldest = looks.oldest[gate.key] ?? gate.holders.min().map { holder($0, of: gate) }
        looks.oldest[gate.key] = oldest
        return Explanation.Occupancy(limit: passage.limit, inUse: gate.holders.count, oldest: oldest)
    }

    private func holder(_ number: Int64, of gate: Gate) -> Explanation.Holder {
        guard gate.key.isHeldByCalls else { return Explanation.Holder(run: RunKey(number), since: nil) }
        let dispatch = dispatches[number]
        let job = dispatch?.job.flatMap { find($0) }
        return Explanation.Holder(run: job.map { runs[$0.runSlot].key }, since: dispatch?.startedAt)
    }

    private func countAhead(
        of job: Job, in lane: Lane, _ looks: inout Looks
    ) -> (ahead: Int, isMinimum: Bool) {
        var ahead = 0
        var isMinimum = false
        lane.jobs.forEach(before: place(of: job)) { other in
            isMinimum = looks.left == 0
            guard !isMinimum else { return false }
            looks.left -= 1
            if find(other)?.state == .queued { ahead += 1 }
            return true
        }
        return (ahead, isMinimum)
    }
}
