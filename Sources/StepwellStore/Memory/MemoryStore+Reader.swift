package import StepwellCore
package import StepwellModel

/// Reads by looking at everything: a memory store is small.
extension MemoryStore: StoreReader {
    package func events(_ query: EventQuery) -> Page<EventRow> {
        let state = state
        var builder = PageBuilder<EventRow>(query.position)
        guard let before = state.upperBound(query.position, { state.eventKeys[$0] }) else { return builder.page }
        let rows = state.events.values.filter { $0.key < before && query.matches($0) }
        for row in rows.sorted(by: { $0.key > $1.key }) {
            guard !builder.isFull else {
                builder.noteMore()
                break
            }
            builder.append(row, id: row.id, payloadBytes: row.payload.count)
        }
        return builder.page
    }

    package func event(_ id: ULID) -> EventRow? {
        let state = state
        return state.eventKeys[id].flatMap { state.events[$0] }
    }

    package func resend(of event: ULID) -> ResendRow? {
        let state = state
        return state.eventKeys[event].flatMap { state.resends[$0] }
    }

    package func runs(_ query: RunQuery) -> Page<RunRecord> {
        let state = state
        var builder = PageBuilder<RunRecord>(query.position)
        guard let before = state.upperBound(query.position, { state.runKeys[$0] }) else { return builder.page }
        let runs = state.runs.values.filter { $0.key < before }.sorted { $0.key > $1.key }
        for run in runs {
            let record = state.record(of: run, includesOutput: query.includesOutput)
            guard query.matches(record), query.event.map({ state.has($0, startOf: run) }) ?? true else { continue }
            guard !builder.isFull else {
                builder.noteMore()
                break
            }
            builder.append(record, id: run.id, payloadBytes: record.run.output?.count ?? 0)
        }
        return builder.page
    }

    package func run(_ id: ULID) -> RunRecord? {
        let state = state
        guard let run = state.runKeys[id].flatMap({ state.runs[$0] }) else { return nil }
        return state.record(of: run, includesOutput: true)
    }

    package func run(_ key: RunKey) -> RunRecord? {
        let state = state
        return state.runs[key].map { state.record(of: $0, includesOutput: true) }
    }

    package func events(of run: RunKey) -> [EventRow] {
        let state = state
        guard let first = state.runs[run]?.eventKey else { return [] }
        return ([first] + (state.runEvents[run] ?? [])).compactMap { state.events[$0] }
    }

    package func droppedStarts(of event: EventKey) -> [DroppedStart] {
        let state = state
        return (state.droppedStarts[event] ?? [:]).values.sorted { $0.functionKey < $1.functionKey }.map { row in
            DroppedStart(
                functionSlug: state.functions[row.functionKey]?.slug ?? "", reason: row.reason,
                runID: row.runKey.flatMap { state.runs[$0]?.id })
        }
    }

    package func eventIDs(of run: RunKey) -> [ULID] { events(of: run).map(\.id) }

    package func steps(of run: RunKey) -> [StepRow] { state.steps[run] ?? [] }

    package func attempts(of run: RunKey) -> [AttemptRow] {
        (state.attempts[run] ?? []).sorted { $0.key < $1.key }
    }

    package func defers(of run: RunKey) -> [DeferRow] { state.defers[run] ?? [] }

    package func metadata(of run: RunKey) -> [MetadataRow] { state.metadata[run] ?? [] }

    package func pendingActions(of run: RunKey) -> [PendingAction] {
        let state = state
        return (state.jobKeys[run] ?? []).sorted().compactMap { key in
            state.jobs[key].map { PendingAction(job: $0, wait: state.waits[key], hold: state.holds[key]) }
        }
    }

    package func apps() -> [AppRow] { state.apps.values.sorted { $0.key < $1.key } }

    package func functions() -> [FunctionRow] { state.functions.values.sorted { $0.key < $1.key } }

    package func bulks(limit: Int, origin: BulkOrigin?) -> [BulkRow] {
        let found = state.bulks.values.filter { origin == nil || $0.origin == origin }
        return Array(found.sorted { $0.id > $1.id }.prefix(limit))
    }

    package func bulk(_ id: ULID) -> BulkRow? { state.bulks[id] }

    package func audits(_ query: AuditQuery) -> Page<AuditRow> {
        var builder = PageBuilder<AuditRow>(query.position)
        for row in state.audits.reversed()
        where query.matches(row) && query.position.cursor.map({ row.id < $0 }) ?? true {
            guard !builder.isFull else {
                builder.noteMore()
                break
            }
            builder.append(row, id: row.id, payloadBytes: row.note.detail?.count ?? 0)
        }
        return builder.page
    }

    package func bulkPage(_ request: BulkPageRequest) -> BulkPage { state.bulkPage(request) }

    package func runKeys(queuedFrom: Timestamp?, queuedUntil: Timestamp?) -> (after: Int64, through: Int64)? {
        (0, .max)
    }

    package func eventKeys(receivedFrom: Timestamp?, receivedUntil: Timestamp?) -> (after: Int64, through: Int64)? {
        (0, .max)
    }

    package func functionStates() -> [FunctionStateRow] {
        state.functionStates.values.sorted { $0.functionKey < $1.functionKey }
    }

    package func runCounts() -> [RunCount] {
        var counts: [FunctionKey: [RunStatus: Int]] = [:]
        for run in state.runs.values { counts[run.functionKey, default: [:]][run.status, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }.flatMap { function, statuses in
            statuses.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                RunCount(functionKey: function, status: $0.key, runs: $0.value)
            }
        }
    }

    package func facts() -> StoreFacts {
        let state = state
        return StoreFacts(
            epoch: state.epoch, batchSequence: state.batchSequence, engineTime: state.engineTime,
            events: state.events.count, runs: state.runs.count, jobs: state.jobs.count)
    }
}

extension MemoryState {
    /// The key before which a page begins; nil when its cursor names nothing.
    fileprivate func upperBound<Key: RowKey>(_ position: PagePosition, _ keyOf: (ULID) -> Key?) -> Key? {
        guard let cursor = position.cursor else { return Key(.max) }
        return keyOf(cursor)
    }

    /// Whether an event is one of those that start a run.
    fileprivate func has(_ event: ULID, startOf run: RunRow) -> Bool {
        guard let key = eventKeys[event] else { return false }
        return run.eventKey == key || runEvents[run.key]?.contains(key) ?? false
    }

    fileprivate func record(of run: RunRow, includesOutput: Bool) -> RunRecord {
        var run = run
        if !includesOutput { run.output = nil }
        let function = functions[run.functionKey]
        let event = events[run.eventKey]
        return RunRecord(
            run: run, functionSlug: function?.slug ?? "", appName: function.flatMap { apps[$0.appKey]?.name } ?? "",
            eventID: event?.id, eventName: event?.name, rerun: reruns[run.key], resend: resends[run.eventKey])
    }
}

extension AuditQuery {
    fileprivate func matches(_ row: AuditRow) -> Bool {
        verb.map { $0 == row.note.verb } ?? true && recordedFrom.map { row.recordedAt >= $0 } ?? true
            && recordedUntil.map { row.recordedAt < $0 } ?? true
    }
}

extension EventQuery {
    fileprivate func matches(_ event: EventRow) -> Bool {
        name.map { $0 == event.name } ?? true
            && (includesInternal || !event.name.hasPrefix(Self.internalPrefix))
            && receivedFrom.map { event.receivedAt >= $0 } ?? true
            && receivedUntil.map { event.receivedAt < $0 } ?? true
    }
}

extension RunQuery {
    fileprivate func matches(_ record: RunRecord) -> Bool {
        functions?.contains(record.functionSlug) ?? true
            && app.map { $0 == record.appName } ?? true
            && statuses?.contains(record.run.status) ?? true
            && queuedFrom.map { record.run.queuedAt >= $0 } ?? true
            && queuedUntil.map { record.run.queuedAt < $0 } ?? true
    }
}
