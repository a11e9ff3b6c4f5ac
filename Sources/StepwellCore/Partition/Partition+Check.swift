import StepwellModel

/// The rules that hold after every input. Costs time in proportion to all that is in memory: for tests, start-up, `verify`.
extension Partition {
    /// The rules that are broken, in words; empty when all is well.
    package func check() -> [String] {
        checkRuns() + checkJobs() + checkSignals() + checkQueues() + checkSlots() + checkBulks() + checkKeyRenewal()
            + checkDeliveries()
    }

    /// A signal has one waiter at most.
    private func checkSignals() -> [String] {
        var waiters: [Digest: JobKey] = [:]
        var broken: [String] = []
        jobs.forEach { _, job in
            guard job.kind == .waitForSignal, job.state == .timed, job.wait >= 0 else { return }
            if let other = waiters.updateValue(job.key, forKey: waits.digest(of: job.wait)) {
                broken.append("jobs \(other.value) and \(job.key.value) wait for one signal")
            }
        }
        return broken
    }

    /// Every run that is not finished has a next action, and one place in the index.
    private func checkRuns() -> [String] {
        var broken: [String] = []
        var linked = 0
        runs.forEach { slot, run in
            if runSlots[run.key] != slot { broken.append("run \(run.key.value) is not found under its key") }
            let slots = jobSlots(ofRun: slot)
            linked += slots.count
            if slots.allSatisfy({ jobs[$0].kind.isWatch }) { broken.append("run \(run.key.value) has no next action") }
            if let key = singletonKey(of: run.functionKey, run.limits), singletons[key] == nil, !isEnding(run.key) {
                broken.append("run \(run.key.value) is a singleton without its lock")
            }
            for job in slots where jobs.find(job)?.runSlot != slot {
                broken.append("run \(run.key.value) lists a job that is not its own")
            }
            if let state = run.state, !run.isLoading {
                for job in slots where state.details[jobs[job].key] == nil {
                    broken.append("job \(jobs[job].key.value) has no detail in memory")
                }
                if state.run.status.isFinal { broken.append("run \(run.key.value) is finished and still in memory") }
            }
        }
        for (key, hold) in holds where find(hold.job)?.kind != key.kind || holdKeys[hold.jobKey] != key {
            broken.append("hold \(key) holds back no start")
        }
        for run in singletons.values where runSlots[run] == nil {
            broken.append("run \(run.value) has ended and is still a singleton")
        }
        if runSlots.count != runs.count { broken.append("the index has \(runSlots.count) of \(runs.count) runs") }
        if linked != jobs.count { broken.append("\(jobs.count) jobs are in memory, \(linked) belong to a run") }
        return broken
    }

    /// The run is being read to be ended: a newer one had taken its place as a singleton, and may have left it for another
    /// since, when its keys were evaluated again.
    private func isEnding(_ run: RunKey) -> Bool {
        arrivals[run]?.contains { if case .cancel = $0 { true } else { false } } ?? false
    }

    /// Every job is where its state says: in a timer, in a lane, at a dispatch, or waking.
    private func checkJobs() -> [String] {
        var timed: Set<JobReference> = []
        timers.forEach { entry in if find(entry.subject)?.due == entry.due { timed.insert(entry.subject) } }
        wallTimers.forEach { entry in if find(entry.subject)?.due == entry.due { timed.insert(entry.subject) } }
        var queued: [JobReference: LaneKey] = [:]
        for lane in lanes.values { lane.jobs.forEach { queued[$0] = lane.key } }
        var pending: Set<JobReference> = []
        pendingWakes.forEach { pending.insert($0) }
        var broken: [String] = []
        jobs.forEach { slot, job in
            let reference = job.reference(slot: slot)
            switch job.state {
            case .timed:
                if !timed.contains(reference), !isLookingBack(job) {
                    broken.append("job \(job.key.value) has lost its timer")
                }
            case .queued:
                if queued[reference] != laneKey(for: job) { broken.append("job \(job.key.value) is not in its lane") }
                if runs[job.runSlot].hasOldKeys { broken.append("job \(job.key.value) stands in line by old keys") }
            case .rekeying:
                if !runs[job.runSlot].hasOldKeys {
                    broken.append("job \(job.key.value) waits for keys that nobody evaluates")
                }
            case .dispatched:
                if dispatches[job.generation]?.job != reference {
                    broken.append("job \(job.key.value) has lost its dispatch")
                }
            case .waking:
                if arrivals[runs[job.runSlot].key] == nil && !pending.contains(reference) {
                    broken.append("job \(job.key.value) wakes and nothing will come of it")
                }
            }
        }
        return broken
    }

    /// What a gate holds are the live dispatches that name it, or the runs that say so.
    private func checkSlots() -> [String] {
        var holders: [GateKey: Set<Int64>] = [:]
        for dispatch in dispatches.values {
            for key in dispatch.gates { holders[key, default: []].insert(dispatch.generation) }
        }
        runs.forEach { _, run in
            guard run.holdsRunSlot else { return }
            holders[.run(run.functionKey, hash: run.limits.run), default: []].insert(run.key.value)
        }
        var broken: [String] = []
        for (key, gate) in gates where gate.holders != holders[key] ?? [] {
            broken.append(
                "gate \(key) holds \(gate.holders.count) slots, \(holders[key]?.count ?? 0) calls or runs hold it")
        }
        for key in holders.keys where gates[key] == nil { broken.append("gate \(key) is missing") }
        return broken
    }

    /// Work on many runs waits for what is under way, and for nothing else.
    private func checkBulks() -> [String] {
        var broken: [String] = []
        for bulk in bulks {
            let isRead = loads.values.contains { if case .bulk(let other) = $0 { other === bulk } else { false } }
            if bulk.isReading != isRead { broken.append("bulk work \(bulk.row.id) waits for a page that nobody reads") }
            let arriving = arrivals.values.joined().count {
                if case .bulkCancel(let other) = $0 { other === bulk } else { false }
            }
            if bulk.pending != arriving {
                broken.append("bulk work \(bulk.row.id) waits for \(bulk.pending) runs, \(arriving) are read for it")
            }
            if (bulk.page != nil) != (bulk.pending > 0) { broken.append("bulk work \(bulk.row.id) is lost in a page") }
        }
        return broken
    }

    /// Every run whose keys are to be evaluated again lies before the cursor's way.
    private func checkKeyRenewal() -> [String] {
        var broken: [String] = []
        runs.forEach { _, run in
            if run.hasOldKeys, keyRenewal?.row.isAhead(of: run.key, run.functionKey) != true {
                broken.append("run \(run.key.value) has old keys that nobody evaluates")
            }
        }
        let isRead = loads.values.contains {
            if case .keyRenewal(let number) = $0 { number == keyRenewal?.number } else { false }
        }
        if let keyRenewal, keyRenewal.isReading != isRead { broken.append("keys wait for a page that nobody reads") }
        return broken
    }

    /// Events on their way wait for their turn or are read.
    private func checkDeliveries() -> [String] {
        var broken: [String] = []
        var ready: [String: Int] = [:]
        deliveryNames.forEach { ready[$0, default: 0] += 1 }
        let newest = writes.isEmpty ? sequence - 1 : sequence
        for (name, entry) in deliveries {
            if ready[name, default: 0] != (entry.queue.isEmpty ? 0 : 1) { broken.append("events \(name) have no turn") }
            if entry.queue.isEmpty && entry.rest == nil { broken.append("no events \(name) are on their way") }
            if (entry.rest != nil) != namesWithRest.contains(name) { broken.append("events \(name) are not read") }
            let isRead = loads.values.contains { if case .deliveries(name) = $0 { true } else { false } }
            if entry.rest.map({ ($0.seenBatch != nil) != isRead }) ?? isRead {
                broken.append("events \(name) wait for a page that nobody reads")
            }
            if let rest = entry.rest, rest.batch > newest {
                broken.append("events \(name) wait for batch \(rest.batch), and \(newest) is the newest")
            }
        }
        return broken
    }

    /// No lane that could go on stands still.
    private func checkQueues() -> [String] {
        var parked: Set<LaneKey> = []
        for gate in gates.values { gate.forEachWaiter { lane, _ in parked.insert(lane.key) } }
        var broken: [String] = []
        for lane in lanes.values where lane.state == .parked && !parked.contains(lane.key) {
            broken.append("lane \(lane.key) waits at no gate")
        }
        for lane in lanes.values where lane.state == .idle {
            broken.append("lane \(lane.key) is not empty and stands still")
        }
        for gate in gates.values where !isDraining {
            gate.forEachWaiter { lane, limit in
                guard gate.admits(lane, at: now.engine, limit: limit) else { return }
                broken.append("gate \(gate.key) has room and lane \(lane.key) waits")
            }
            if let number = gate.reservedFor, owed?.lane.number != number {
                broken.append("gate \(gate.key) is kept free for lane \(number), whose turn it is not")
            }
        }
        return broken
    }
}
