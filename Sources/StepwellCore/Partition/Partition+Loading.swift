import StepwellModel

/// What a load was asked for.
enum LoadPurpose {
    case run(RunReference)
    case request(RequestBox, Digest?)
    case metadata(RunKey)
    case lookBack(JobReference, number: UInt64)
    case rerun(RerunStart?, ReplyToken)
    case bulk(Bulk)
    case keyRenewal(number: UInt64)
    /// Of this event name.
    case deliveries(String)
}

/// Something that concerns a run's details, in the order in which it came.
enum RunArrival {
    /// A job's time has come, or its event.
    case wake(JobReference, EventRow?)
    /// A dispatch is to be handed out.
    case order(Int64)
    /// Another event starts the run.
    case replaceEvent(EventRow, LimitKeys)
    /// An event joins the run's batch at this position.
    case addEvent(EventRow, position: Int)
    case metadata(MetadataRequest, ReplyToken)
    /// With the caller who waits for it, if there is one.
    case cancel(ReplyToken?)
    /// As one of many.
    case bulkCancel(Bulk)
}

extension RunArrival {
    /// The run is certain to end when this is carried out. Among many it may be left as it is by then, since the work has been
    /// stopped or the run no longer matches: until then it takes events in.
    fileprivate var isOneRunsEnd: Bool {
        switch self {
        case .cancel: true
        case .bulkCancel, .wake, .order, .replaceEvent, .addEvent, .metadata: false
        }
    }
}

/// Runs whose details are not in memory: reading them, and forgetting them again.
extension Partition {
    func load(_ request: LoadRequest, for purpose: LoadPurpose) {
        lastTicket += 1
        loads[lastTicket] = purpose
        requestedLoads.append(Load(ticket: lastTicket, seesBatch: committedSequence, request: request))
    }

    /// Carries out what has arrived for a run at once, or as soon as its details are there, in order.
    func arrive(_ arrival: RunArrival, at runSlot: Int32) {
        if arrival.isOneRunsEnd { closeHold(of: runSlot) }
        let entry = runs[runSlot]
        if !entry.isLoading, let state = entry.state {
            cache.use(state, RunReference(slot: runSlot, key: entry.key))
            carryOut(arrival, at: runSlot)
            return
        }
        guard !entry.isLoading else { return arrivals[entry.key, default: []].append(arrival) }
        arrivals[entry.key] = takeJoinedEvents(of: entry.key) + [arrival]
        runs[runSlot].isLoading = true
        load(.run(entry.key), for: .run(RunReference(slot: runSlot, key: entry.key)))
    }

    func receive(_ result: LoadResult, for ticket: UInt64) {
        guard let purpose = loads.removeValue(forKey: ticket) else { return }
        switch (purpose, result) {
        case (.request(let box, let digest), _): receive(result, for: box, digest: digest)
        case (.run(let reference), .run(let loaded)): receive(loaded, for: reference)
        case (.rerun(let start, let token), .run(let original)): receive(original, from: start, token)
        case (.lookBack(let job, let number), .lookBack(let events, let isComplete)):
            receive(events, isComplete: isComplete, for: job, number: number)
        case (.deliveries(let name), .deliveries(let events, let isComplete)):
            receive(events, isComplete: isComplete, named: name)
        case (.lookBack, _), (.deliveries, _):
            preconditionFailure("something else was read where events were asked for")
        case (.metadata(let run), .metadata(let tally)): receive(tally, of: run)
        case (.metadata, _): preconditionFailure("something else was read where metadata were asked for")
        case (.bulk(let bulk), .bulkPage(let page)): receive(page, for: bulk)
        case (.keyRenewal(let number), .bulkPage(let page)): receive(page, forKeyRenewal: number)
        case (.run, _), (.rerun, _), (.bulk, _), (.keyRenewal, _):
            preconditionFailure("ids were read where a run was asked for")
        }
    }

    private func receive(_ loaded: LoadedRun, for reference: RunReference) {
        noteRun?(reference.key)
        let state = RunState(loaded)
        runs[reference.slot].state = state
        runs[reference.slot].isLoading = false
        cache.account(for: state)
        cache.use(state, reference)
        renewKeysIfThere(of: reference.slot)
        for arrival in arrivals.removeValue(forKey: reference.key) ?? [] {
            guard runSlots[reference.key] == reference.slot else {
                carryOutAfterEnd(arrival)
                continue
            }
            carryOut(arrival, at: reference.slot)
        }
        evict()
    }

    private func carryOut(_ arrival: RunArrival, at runSlot: Int32) {
        noteRun?(runs[runSlot].key)
        switch arrival {
        case .wake(let job, let event): finishWaiting(job, with: event)
        case .order(let generation): order(generation)
        case .metadata(let request, let token): addMetadata(request, token, to: runSlot)
        case .replaceEvent(let event, let limitKeys): replaceEvent(of: runSlot, with: event, limitKeys)
        case .addEvent(let event, let position): addEvent(event, at: position, to: runSlot)
        case .cancel(let token):
            finish(runSlot, as: .cancelled, output: nil)
            if let token { reply(token, .cancelled) }
        case .bulkCancel(let bulk): cancel(runSlot, for: bulk)
        }
    }

    /// The run ended by an arrival before this one.
    private func carryOutAfterEnd(_ arrival: RunArrival) {
        switch arrival {
        case .cancel(let token?): reply(token, .refused(.runNotActive))
        case .metadata(let request, let token): addMetadata(request, token)
        case .bulkCancel(let bulk): passOver(bulk)
        case .cancel(nil), .wake, .order, .replaceEvent, .addEvent: break
        }
    }

    /// Forgets the details of runs that wait, the longest unused first, until the budget is kept.
    func evict() {
        // Twice round at most: the first time may only take the second chance away.
        var chances = 2 * cache.count
        while cache.isOverBudget, chances > 0, let reference = cache.popOldest() {
            chances -= 1
            guard let entry = runs.find(reference.slot), entry.key == reference.key, let state = entry.state else {
                continue
            }
            guard state.changedInBatch <= committedSequence, state.dispatches == 0, !state.isUsed else {
                state.isUsed = false
                cache.putBack(reference)
                continue
            }
            state.isListed = false
            runs[reference.slot].state = nil
            cache.removed(state)
        }
    }
}
