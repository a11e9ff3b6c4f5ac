import StepwellModel

/// A wait that is looking at what came before it.
struct LookBackState {
    /// Tells it from another wait of the same job.
    var number: UInt64
    var from: Timestamp
    /// The last event that was looked at.
    var after: EventKey
    /// The last event that came before the wait.
    var upTo: EventKey
}

/// Waits that look back.
///
/// The wait is in force from the batch in which it is written, so it sees every event that comes later; the events before it
/// are read once that batch is durable, and so are all that came before it. None falls between, and none counts twice:
/// whichever comes first ends the wait, and the other finds it gone. Until all have been looked at, the wait's time does not
/// run out. A restart begins anew.
extension Partition {
    /// The time to which a wait looks back that begins now.
    func start(of lookBack: LookBack, in runSlot: Int32) -> Timestamp {
        switch lookBack {
        case .runStart: runs[runSlot].state.map { max($0.run.queuedAt, $0.event.receivedAt) } ?? now.engine
        case .span(let span): now.engine - span
        case .date(let date): date
        }
    }

    func beginLookBack(to from: Timestamp, upTo newest: EventKey, by slot: Int32) {
        lastLookBack += 1
        lookBacks[jobs[slot].key] = LookBackState(
            number: lastLookBack, from: from, after: EventKey(0), upTo: newest)
        lookBacksDue.append((jobs[slot].reference(slot: slot), lastLookBack, writes.isEmpty ? sequence - 1 : sequence))
    }

    func endLookBack(of job: JobKey) {
        if !lookBacks.isEmpty { lookBacks[job] = nil }
    }

    func isLookingBack(_ job: Job) -> Bool { !lookBacks.isEmpty && lookBacks[job.key] != nil }

    /// Reads what is to be looked at, as soon as it is durable and few enough other loads are under way: at most a quarter
    /// of them are such, so that whatever else is due is not held up.
    func loadLookBacks() {
        while let first = lookBacksDue.first, first.batch <= committedSequence, loads.count < settings.loadsMax,
            lookBackLoads < max(1, settings.loadsMax / 4)
        {
            lookBacksDue.popFirst()
            loadLookBack(of: first.job, number: first.number)
        }
    }

    private func loadLookBack(of reference: JobReference, number: UInt64) {
        guard let job = find(reference), let state = lookBacks[job.key], state.number == number, job.wait >= 0 else {
            return
        }
        lookBackLoads += 1
        load(
            .lookBack(
                LookBackRequest(
                    eventName: waits.eventName(of: job.wait), from: state.from, after: state.after, upTo: state.upTo,
                    run: runs[job.runSlot].key)),
            for: .lookBack(reference, number: number))
    }

    func receive(_ events: [EventRow], isComplete: Bool, for reference: JobReference, number: UInt64) {
        lookBackLoads -= 1
        guard let job = find(reference), job.state == .timed, lookBacks[job.key]?.number == number, job.wait >= 0 else {
            return
        }
        for event in events
        where waits.wouldEnd(job.wait, EventView(name: event.name, payload: event.payload), now: now.wall) {
            endLookBack(of: job.key)
            return endWait(of: reference, with: event)
        }
        if !isComplete, let last = events.last {
            // Behind the others that look back.
            lookBacks[job.key]?.after = last.key
            return lookBacksDue.append((reference, number, committedSequence))
        }
        endLookBack(of: job.key)
        writes.append(.endLookBack(job.key))
        guard job.due <= (job.isDueOnWallClock ? now.wall : now.engine) else { return }
        // Its time ran out meanwhile, unless an event is on its way.
        if isBehindDeliveries(job) {
            postpone(reference.slot)
        } else if let delivery = delivery(endingWaitOf: job) {
            conclude(reference, with: delivery.event)
        } else {
            wake(reference, with: nil)
        }
    }
}
