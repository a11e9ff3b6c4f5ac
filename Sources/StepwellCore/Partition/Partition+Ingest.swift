import StepwellModel

/// Events on their way in: from clients, and from the engine itself.
extension Partition {
    /// A request whose events cannot be accepted before it is known which of them are repetitions.
    struct PendingRequest {
        var request: EventsRequest
        var loadsLeft: Int
        var known: Set<ULID> = []
        var started: [Digest: Set<FunctionKey>] = [:]
        /// How many of its events have been taken in.
        var taken = 0
    }

    static let idempotencyPeriod = Milliseconds.hours(24)

    func accept(_ request: EventsRequest) {
        let digests = lookups(of: request)
        let pending = PendingRequest(request: request, loadsLeft: digests.count + (request.isSeeded ? 1 : 0))
        let box = RequestBox(pending)
        guard pending.loadsLeft > 0 else { return takeIn(box) }
        if request.isSeeded {
            for event in request.events { recent.beginLookup(of: event.id) }
            load(.events(request.events.map(\.id)), for: .request(box, nil))
        }
        for digest in digests {
            recent.beginLookup(of: digest)
            load(.idempotency(digest, since: now.engine - Self.idempotencyPeriod), for: .request(box, digest))
        }
    }

    /// The ids that may have started a run before: only those of events that start one now.
    private func lookups(of request: EventsRequest) -> [Digest] {
        let isCurrent = request.configurationVersion == configuration.version
        var seen: Set<Digest> = []
        return request.events.compactMap { event in
            guard let digest = event.senderDigest else { return nil }
            let mayStart = !isCurrent || !event.starts.isEmpty || event.invokedSlug != nil
            return mayStart && seen.insert(digest).inserted ? digest : nil
        }
    }

    func receive(_ result: LoadResult, for box: RequestBox, digest: Digest?) {
        switch result {
        case .events(let ids): box.pending.known.formUnion(ids)
        case .idempotency(let functions):
            if let digest { box.pending.started[digest, default: []].formUnion(functions) }
        case .run, .metadata, .lookBack, .bulkPage, .deliveries:
            preconditionFailure("runs were read where ids were asked for")
        }
        box.pending.loadsLeft -= 1
        if box.pending.loadsLeft == 0 { takeIn(box) }
    }

    /// Takes a request's events in: very many of them in slices, so that nobody else waits for long.
    ///
    /// Invocations are never sliced: their request is accepted in one commit or refused, also when a function went away
    /// while ids were looked up.
    private func takeIn(_ box: RequestBox) {
        let request = box.pending.request
        let invoked = request.events.compactMap(\.invokedSlug)
        if let slug = invoked.first(where: { configuration.function(named: $0) == nil }) {
            endLookups(for: box.pending)
            reply(request.token, .refused(.unknownFunction(slug)))
        } else if invoked.isEmpty, request.events.count > settings.eventsPerTurnMax, arriving.count < Self.arrivingMax {
            arriving.append(box)
        } else {
            takeIn(box, atMost: .max)
        }
    }

    /// So many requests are taken in by slices at a time; they are not counted by the mailbox any more.
    private static let arrivingMax = 16

    /// Returns whether that was all of it.
    @discardableResult
    func takeIn(_ box: RequestBox, atMost count: Int) -> Bool {
        let request = box.pending.request
        let rest = request.events[box.pending.taken...].prefix(count)
        box.pending.taken += rest.count
        takeIn(rest, of: box.pending)
        guard box.pending.taken == request.events.count else { return false }
        endLookups(for: box.pending)
        reply(request.token, .accepted(request.events.map(\.id)))
        return true
    }

    private func endLookups(for pending: PendingRequest) {
        if pending.request.isSeeded {
            for event in pending.request.events { recent.endLookup(of: event.id) }
        }
        for digest in pending.started.keys { recent.endLookup(of: digest) }
    }

    private func takeIn(_ events: ArraySlice<IncomingEvent>, of pending: PendingRequest) {
        let request = pending.request
        let isCurrent = request.configurationVersion == configuration.version
        for var event in events {
            if request.isSeeded {
                if pending.known.contains(event.id) || recent.contains(event.id) { continue }
                recent.note(event.id, inBatch: sequence)
            }
            let view = EventView(name: event.name, payload: event.payload)
            if let slug = event.invokedSlug {
                event.starts =
                    configuration.function(named: slug).map {
                        [configuration.start(of: $0, for: view, now: now.wall)]
                    } ?? []
            } else if !isCurrent {
                event.starts = configuration.starts(for: view, now: now.wall)
            }
            ingest(event, view: view, alreadyStarted: event.senderDigest.flatMap { pending.started[$0] } ?? [])
        }
    }

    /// Stores an event, starts its runs and ends the waits that it matches.
    @discardableResult
    func ingest(_ event: IncomingEvent, view: EventView, alreadyStarted: Set<FunctionKey> = []) -> EventRow {
        marks.event += 1
        let row = EventRow(
            key: EventKey(marks.event), id: event.id, name: event.name, receivedAt: now.engine,
            payload: event.payload)
        writes.append(.insertEvent(row))
        if let resent = event.resent { writes.append(.insertResend(ResendRow(eventKey: row.key, resent))) }
        for start in event.starts {
            let isRecent =
                event.senderDigest.map { recent.functions(startedBy: $0).contains(start.functionKey) } ?? false
            guard !isRecent, !alreadyStarted.contains(start.functionKey) else {
                drop(row.key, start.functionKey, .repeatedID)
                continue
            }
            startRun(start, event: row, incoming: event, view: view)
        }
        deliver(row, view)
        return row
    }

    private func startRun(_ start: Start, event: EventRow, incoming: IncomingEvent, view: EventView) {
        guard let function = configuration.functions[start.functionKey] else { return }
        let isOfBatch = start.hold?.kind == .batch
        guard isOfBatch || passesRateLimit(start, of: function) else {
            drop(event.key, function.key, .rateLimit)
            return refuseInvocation(by: event, "invoked function is rate limited")
        }
        // Of a function that stands still, what has been held back already takes events in, and nothing else begins.
        if let plan = start.hold, skipReason(of: function) == nil || holds[HoldKey(plan, of: function)] != nil {
            return hold(start, plan, of: function, event: event, incoming: incoming)
        }
        var run = newRun(start, of: function, event: event)
        let skipReason = skipReason(of: start.limitKeys, function)
        if let skipReason { skip(&run, skipReason) }
        writes.append(.insertRun(run))
        noteChange(of: run.key)
        noteIdempotency(of: run.key, function, by: incoming)
        if let skipReason {
            refuseInvocation(by: event, skipReason.message)
        } else {
            // An event of the future starts its run when its time has come.
            let due: Deadline = incoming.timestamp > now.wall ? .at(incoming.timestamp) : .after(.zero)
            begin(
                RunState(run: run, event: event, steps: [], details: [:]), of: function, due: due, view: view)
        }
    }

    /// Records that the event starts no run of the function.
    func drop(_ event: EventKey, _ function: FunctionKey, _ reason: DropReason, heldBy run: RunKey? = nil) {
        writes.append(
            .insertDroppedStart(
                DroppedStartRow(eventKey: event, functionKey: function, reason: reason, runKey: run)))
    }

    /// Why a run is recorded and never begins; nil when it may begin.
    func skipReason(of limitKeys: LimitKeys, _ function: FunctionPlan) -> SkipReason? {
        if let other = singletonInTheWay(of: limitKeys, function) {
            return .singleton(runSlots[other].flatMap { runs[$0].state?.run.id })
        }
        return skipReason(of: function)
    }

    func skip(_ run: inout RunRow, _ reason: SkipReason) {
        run.status = .skipped
        run.endedAt = now.engine
        run.output = reason.json
    }

    /// The same event id starts no second run of the function.
    func noteIdempotency(of run: RunKey, _ function: FunctionPlan, by event: IncomingEvent) {
        guard let digest = event.senderDigest else { return }
        recent.note(digest, started: function.key, inBatch: sequence)
        writes.append(
            .insertIdempotency(
                IdempotencyRow(digest: digest, functionKey: function.key, runKey: run, createdAt: now.engine)))
    }

    func newRun(_ start: Start, of function: FunctionPlan, event: EventRow) -> RunRow {
        marks.run += 1
        return RunRow(
            key: RunKey(marks.run), id: freshID(), functionKey: function.key, functionVersion: function.version,
            eventKey: event.key, status: .queued, queuedAt: now.engine, startedAt: nil, endedAt: nil,
            requestVersion: -1, forcesStepPlan: false, limitKeys: start.limitKeys,
            correlationID: correlationID(of: event), output: nil)
    }

    /// Takes a run into memory and sets it going.
    ///
    /// - Parameters:
    ///   - due: When its first call may be made.
    ///   - event: The one that starts it.
    ///   - isOfBatch: Nothing watches it.
    func begin(
        _ state: RunState, of function: FunctionPlan, due: Deadline, view event: EventView, isOfBatch: Bool = false
    ) {
        let limits = LimitHashes(state.run.limitKeys)
        let slot = insert(state, limits)
        addJob(
            to: slot, NextAction(kind: .start, due: due),
            detail: JobDetail(createdAt: now.engine, stepID: "", stepName: "", options: nil))
        if !isOfBatch { watch(slot, function.flow, startingAt: due, event: event) }
        if let key = singletonKey(of: function.key, limits) { takeSingleton(key, for: state.run.key) }
    }

    /// Takes a new run into memory.
    func insert(_ state: RunState, _ limits: LimitHashes) -> Int32 {
        let slot = runs.insert(
            RunEntry(key: state.run.key, functionKey: state.run.functionKey, limits: limits, state: state))
        runSlots[state.run.key] = slot
        touch(state, slot)
        return slot
    }

    func correlationID(of event: EventRow) -> String? {
        guard event.name == InternalEvent.invoked else { return nil }
        return event.payload.value(at: ["data", "_inngest", "correlation_id"])?.string
    }

    func freshID() -> ULID {
        ULID(
            time: now.engine, entropyHigh: UInt16(truncatingIfNeeded: random.next()), entropyLow: random.next())
    }
}

/// A request that several loads refer to.
final class RequestBox {
    var pending: Partition.PendingRequest
    init(_ pending: Partition.PendingRequest) { self.pending = pending }
}

/// Why a run was skipped.
enum SkipReason {
    /// Another run of the same function and key is unfinished.
    case singleton(ULID?)
    case functionPaused
    case functionDrained

    /// The run's output.
    var json: RawJSON {
        var json = JSONWriter()
        json.beginObject()
        switch self {
        case .singleton(let other):
            json.member("reason", "singleton")
            json.member(optional: "run_id", other?.description)
        case .functionPaused: json.member("reason", "function_paused")
        case .functionDrained: json.member("reason", "function_drained")
        }
        json.endObject()
        return json.json
    }

    /// For a run that has invoked the function.
    var message: String {
        let reason =
            switch self {
            case .singleton: "another run of the singleton is unfinished"
            case .functionPaused: "the function is paused"
            case .functionDrained: "the function is drained"
            }
        return "invoked function was skipped: \(reason)"
    }
}
