package import StepwellCore
package import StepwellModel

/// All that a partition has committed, as a value: copying it costs nothing until one of the copies changes.
///
/// A simulation that cuts the power keeps the state of the last commit and gives it to a new ``MemoryStore``.
package struct MemoryState: Sendable {
    package internal(set) var epoch: Int64 = 0
    package internal(set) var batchSequence: Int64 = 0
    package internal(set) var engineTime = Timestamp(milliseconds: 0)
    package internal(set) var marks = KeyMarks.none

    package internal(set) var apps: [AppKey: AppRow] = [:]
    package internal(set) var functions: [FunctionKey: FunctionRow] = [:]
    package internal(set) var events: [EventKey: EventRow] = [:]
    package internal(set) var idempotency: [Digest: [FunctionKey: IdempotencyRow]] = [:]
    package internal(set) var runs: [RunKey: RunRow] = [:]
    package internal(set) var reruns: [RunKey: RerunRow] = [:]
    /// Each run's steps by position.
    package internal(set) var steps: [RunKey: [StepRow]] = [:]
    package internal(set) var attempts: [RunKey: [AttemptRow]] = [:]
    /// Each run's by position.
    package internal(set) var defers: [RunKey: [DeferRow]] = [:]
    /// Each run's by position.
    package internal(set) var metadata: [RunKey: [MetadataRow]] = [:]
    package internal(set) var jobs: [JobKey: JobRow] = [:]
    package internal(set) var waits: [JobKey: WaitRow] = [:]
    /// Events on their way to waits.
    package internal(set) var deliveries: Set<EventKey> = []
    package internal(set) var holds: [JobKey: HoldRow] = [:]
    /// The events of each batch beside its first, by position.
    package internal(set) var runEvents: [RunKey: [EventKey]] = [:]
    /// Each event's by function.
    package internal(set) var droppedStarts: [EventKey: [FunctionKey: DroppedStartRow]] = [:]
    package internal(set) var throttles: [LimitKey: ThrottleRow] = [:]
    package internal(set) var rateLimits: [LimitKey: RateLimitRow] = [:]
    /// Each function's schedules by their expressions.
    package internal(set) var crons: [FunctionKey: [String: CronRow]] = [:]
    package internal(set) var resends: [EventKey: ResendRow] = [:]
    package internal(set) var bulks: [ULID: BulkRow] = [:]
    /// In the order of their ids.
    package internal(set) var audits: [AuditRow] = []
    package internal(set) var functionStates: [FunctionKey: FunctionStateRow] = [:]
    package internal(set) var keyRenewal: KeyRenewalRow?

    var eventKeys: [ULID: EventKey] = [:]
    var runKeys: [ULID: RunKey] = [:]
    var runKeysByEvent: [EventKey: [RunKey]] = [:]
    var jobKeys: [RunKey: Set<JobKey>] = [:]

    /// What a throttle's or rate limit's row is found by.
    package struct LimitKey: Sendable, Hashable {
        package let functionKey: FunctionKey
        package let keyHash: UInt64
    }

    package init() {}
}

extension MemoryState {
    /// Raises the epoch, as opening a partition does.
    package mutating func open() -> OpenedPartition {
        epoch += 1
        return OpenedPartition(epoch: epoch, batchSequence: batchSequence, engineTime: engineTime, marks: marks)
    }

    /// Takes a batch in. A batch of another epoch, or out of turn, changes nothing; after any other error the state is of
    /// no use, and the process must end.
    package mutating func apply(_ batch: Batch) throws(StoreError) {
        guard batch.epoch == epoch else {
            throw .superseded(partition: batch.partition, epoch: batch.epoch, newest: epoch)
        }
        guard batch.sequence == batchSequence + 1 else {
            throw .refused("batch \(batch.sequence) follows batch \(batchSequence)")
        }
        for write in batch.writes {
            try apply(write)
            marks.raise(by: write)
        }
        if batch.raisesEpoch { epoch += 1 }
        batchSequence = batch.sequence
        engineTime = batch.engineTime
    }

    private mutating func apply(_ write: Write) throws(StoreError) {
        switch write {
        case .putApp(let row): apps[row.key] = row
        case .putFunction(let row): functions[row.key] = row
        case .insertEvent(let row): try insert(row)
        case .insertResend(let row): resends[row.eventKey] = row
        case .insertIdempotency(let row): idempotency[row.digest, default: [:]][row.functionKey] = row
        case .insertRun(let row): try insert(row)
        case .insertRerun(let row): reruns[row.runKey] = row
        case .updateRun(let key, let status, let startedAt, let requestVersion, let forcesStepPlan):
            try change(key) { run in
                run.status = status
                run.startedAt = startedAt
                run.requestVersion = requestVersion
                run.forcesStepPlan = forcesStepPlan
            }
        case .insertDroppedStart(let row): droppedStarts[row.eventKey, default: [:]][row.functionKey] = row
        case .replaceRunEvent(let key, let event, let limitKeys, let correlationID):
            try replaceEvent(of: key, with: event, limitKeys, correlationID)
        case .replaceLimitKeys(let key, let keys): try replaceLimitKeys(of: key, with: keys)
        case .insertRunEvent(let row): try insert(row)
        case .finishRun(let key, let status, let endedAt, let output):
            try change(key) { run in
                run.status = status
                run.endedAt = endedAt
                run.output = output
            }
        case .insertStep(let row): try insert(row)
        case .insertAttempt(let row): attempts[row.runKey, default: []].append(row)
        case .insertDefer(let row):
            try checkPosition(row.position, after: defers[row.runKey]?.count ?? 0, "deferred functions", of: row.runKey)
            defers[row.runKey, default: []].append(row)
        case .abortDefer(let run, let position):
            guard defers[run]?.indices.contains(position) == true else {
                throw .refused("run \(run.value) has deferred nothing at position \(position)")
            }
            defers[run]?[position].status = .aborted
        case .insertMetadata(let row):
            try checkPosition(row.position, after: metadata[row.runKey]?.count ?? 0, "metadata", of: row.runKey)
            metadata[row.runKey, default: []].append(row)
        case .putJob(let row): try put(row)
        case .deleteJob(let key): try delete(key)
        case .insertWait(let row): try insert(row)
        case .deleteWait(let job):
            guard waits.removeValue(forKey: job) != nil else { throw .refused("job \(job.value) waits for nothing") }
        case .endLookBack(let job):
            guard waits[job] != nil else { throw .refused("job \(job.value) waits for nothing") }
            waits[job]?.looksBackTo = nil
        case .matchWait(let job, let event):
            guard waits[job] != nil else { throw .refused("job \(job.value) waits for nothing") }
            waits[job]?.matchedEvent = event
        case .insertDelivery(let key, _): deliveries.insert(key)
        case .deleteDelivery(let key): deliveries.remove(key)
        case .insertHold(let row): holds[row.jobKey] = row
        case .updateHold(let key, let progress):
            guard holds[key] != nil else { throw .refused("job \(key.value) holds back nothing") }
            holds[key]?.progress = progress
        case .deleteHold(let key): holds[key] = nil
        case .putThrottle(let row):
            throttles[LimitKey(functionKey: row.functionKey, keyHash: row.keyHash)] = row
        case .putRateLimit(let row):
            rateLimits[LimitKey(functionKey: row.functionKey, keyHash: row.keyHash)] = row
        case .deleteRateLimit(let function, let hash):
            rateLimits[LimitKey(functionKey: function, keyHash: hash)] = nil
        case .putCron(let row): crons[row.functionKey, default: [:]][row.expression] = row
        case .insertBulk(let row): bulks[row.id] = row
        case .updateBulk(let id, let state, let endedAt, let progress):
            bulks[id]?.state = state
            bulks[id]?.endedAt = endedAt
            bulks[id]?.progress = progress
        case .withdrawBulk(let id): if bulks[id]?.origin == .cancellation { bulks[id]?.origin = .withdrawnCancellation }
        case .insertAudit(let row): audits.append(row)
        case .putFunctionState(let row): functionStates[row.functionKey] = row
        case .putKeyRenewal(let row): keyRenewal = row
        case .deleteKeyRenewal: keyRenewal = nil
        }
    }

    private mutating func insert(_ row: EventRow) throws(StoreError) {
        guard events.updateValue(row, forKey: row.key) == nil, eventKeys.updateValue(row.key, forKey: row.id) == nil
        else {
            throw .refused("event \(row.id) (key \(row.key.value)) exists already")
        }
    }

    private mutating func insert(_ row: RunRow) throws(StoreError) {
        guard runs.updateValue(row, forKey: row.key) == nil, runKeys.updateValue(row.key, forKey: row.id) == nil else {
            throw .refused("run \(row.id) (key \(row.key.value)) exists already")
        }
        runKeysByEvent[row.eventKey, default: []].append(row.key)
    }

    private mutating func replaceEvent(
        of key: RunKey, with event: EventKey, _ limitKeys: LimitKeys, _ correlationID: String?
    ) throws(StoreError) {
        if let run = runs[key] {
            runKeysByEvent[run.eventKey]?.removeAll { $0 == key }
            droppedStarts[run.eventKey, default: [:]][run.functionKey] = DroppedStartRow(
                eventKey: run.eventKey, functionKey: run.functionKey, reason: .replaced, runKey: key)
        }
        try change(key) { run in
            run.eventKey = event
            run.limitKeys = limitKeys
            run.correlationID = correlationID
        }
        runKeysByEvent[event, default: []].append(key)
    }

    private mutating func replaceLimitKeys(of key: RunKey, with keys: LimitKeys) throws(StoreError) {
        try change(key) { $0.limitKeys = keys }
        for job in jobKeys[key] ?? [] { jobs[job]?.core.limits = LimitHashes(keys) }
    }

    private mutating func insert(_ row: RunEventRow) throws(StoreError) {
        let count = runEvents[row.runKey]?.count ?? 0
        guard row.position == count + 1 else {
            throw .refused(
                "run \(row.runKey.value) has \(count + 1) events, and the next came at position \(row.position)")
        }
        runEvents[row.runKey, default: []].append(row.eventKey)
    }

    private mutating func change(_ key: RunKey, _ change: (inout RunRow) -> Void) throws(StoreError) {
        guard let index = runs.index(forKey: key) else { throw .refused("run \(key.value) does not exist") }
        change(&runs.values[index])
    }

    private mutating func insert(_ row: StepRow) throws(StoreError) {
        let count = steps[row.runKey]?.count ?? 0
        guard row.position == count, count < StoreLimits.stepsPerRun else {
            throw .refused("run \(row.runKey.value) has \(count) steps, and the next came at position \(row.position)")
        }
        steps[row.runKey, default: []].append(row)
    }

    private func checkPosition(_ position: Int, after count: Int, _ what: String, of run: RunKey) throws(StoreError) {
        guard position == count else {
            throw .refused("run \(run.value) has \(count) \(what), and the next came at position \(position)")
        }
    }

    private mutating func put(_ row: JobRow) throws(StoreError) {
        if let old = jobs.updateValue(row, forKey: row.core.key), old.core.runKey != row.core.runKey {
            throw .refused("job \(row.core.key.value) belongs to run \(old.core.runKey.value)")
        }
        jobKeys[row.core.runKey, default: []].insert(row.core.key)
    }

    private mutating func delete(_ key: JobKey) throws(StoreError) {
        guard let old = jobs.removeValue(forKey: key) else { throw .refused("job \(key.value) does not exist") }
        waits[key] = nil
        jobKeys[old.core.runKey]?.remove(key)
        if jobKeys[old.core.runKey]?.isEmpty == true { jobKeys[old.core.runKey] = nil }
    }

    private mutating func insert(_ row: WaitRow) throws(StoreError) {
        guard waits.updateValue(row, forKey: row.jobKey) == nil else {
            throw .refused("job \(row.jobKey.value) waits already")
        }
    }
}

extension MemoryState {
    /// Everything that a partition keeps in memory, in the order of ``Store/recover(partition:into:)``.
    package func recover(into sink: (RecoveredRow) -> Void) {
        for row in apps.values.sorted(by: { $0.key < $1.key }) { sink(.app(row)) }
        for row in functions.values.sorted(by: { $0.key < $1.key }) { sink(.function(row)) }
        for (_, row) in Self.sorted(throttles) { sink(.throttle(row)) }
        for (_, row) in Self.sorted(rateLimits) { sink(.rateLimit(row)) }
        for row in crons.values.flatMap(\.values).sorted(by: {
            ($0.functionKey, $0.expression) < ($1.functionKey, $1.expression)
        }) {
            sink(.cron(row))
        }
        for row in functionStates.values.sorted(by: { $0.functionKey < $1.functionKey }) { sink(.functionState(row)) }
        for row in bulks.values.sorted(by: { $0.id < $1.id }) where row.state == .running { sink(.bulk(row)) }
        if let keyRenewal { sink(.keyRenewal(keyRenewal)) }
        for row in jobs.values.sorted(by: { $0.core.key < $1.core.key }) { sink(.job(row.core)) }
        for row in waits.values.sorted(by: { $0.jobKey < $1.jobKey }) { sink(.wait(row)) }
        for row in holds.values.sorted(by: { $0.jobKey < $1.jobKey }) { sink(.hold(row)) }
        let names = Dictionary(grouping: deliveries.compactMap { events[$0] }, by: \.name)
        for (name, events) in names.sorted(by: { $0.key < $1.key }) {
            if let last = events.map(\.key).max() { sink(.deliveries(name: name, last: last)) }
        }
    }

    /// Hashes are stored as signed numbers, and so they are sorted.
    private static func sorted<Row>(_ rows: [LimitKey: Row]) -> [(key: LimitKey, value: Row)] {
        rows.sorted {
            ($0.key.functionKey, Int64(bitPattern: $0.key.keyHash))
                < ($1.key.functionKey, Int64(bitPattern: $1.key.keyHash))
        }
    }

    package func load(_ request: LoadRequest) throws(StoreError) -> LoadResult {
        switch request {
        case .run(let key): return .run(try loadedRun(key))
        case .idempotency(let digest, let since):
            let rows = idempotency[digest, default: [:]].values.filter { $0.createdAt > since }
            return .idempotency(rows.map(\.functionKey).sorted())
        case .bulkPage(let request): return .bulkPage(bulkPage(request))
        case .events(let ids): return .events(ids.filter { eventKeys[$0] != nil })
        case .metadata(let run): return .metadata(tally(of: run))
        case .lookBack(let request): return lookBack(request)
        case .deliveries(let request): return deliveries(request)
        }
    }

    private func loadedRun(_ key: RunKey) throws(StoreError) -> LoadedRun {
        guard let run = runs[key] else { throw .refused("run \(key.value) does not exist") }
        guard let event = events[run.eventKey] else {
            throw .refused("event \(run.eventKey.value) of run \(run.id) does not exist")
        }
        var details: [JobKey: JobDetail] = [:]
        for jobKey in jobKeys[key] ?? [] { details[jobKey] = jobs[jobKey]?.detail }
        var matches: [JobKey: EventRow] = [:]
        for jobKey in details.keys { matches[jobKey] = waits[jobKey]?.matchedEvent.flatMap { events[$0] } }
        return LoadedRun(
            run: run, event: event, otherEvents: (runEvents[key] ?? []).compactMap { events[$0] },
            steps: steps[key] ?? [], jobs: details, matches: matches, rerun: reruns[key],
            defers: defers[key] ?? [], metadata: tally(of: key))
    }

    private func lookBack(_ request: LookBackRequest) -> LoadResult {
        let found = events.values.filter {
            $0.name == request.eventName && $0.key > request.after && $0.key <= request.upTo
                && $0.receivedAt >= request.from && $0.key != runs[request.run]?.eventKey
                && runEvents[request.run]?.contains($0.key) != true
        }.sorted { $0.key < $1.key }
        let part = Array(found.prefix(LookBackRequest.eventsMax))
        return .lookBack(part, isComplete: part.count == found.count)
    }

    private func deliveries(_ request: DeliveriesRequest) -> LoadResult {
        let found = deliveries.sorted().compactMap { events[$0] }.filter {
            $0.name == request.name && $0.key > request.after
        }
        var bytes = 0
        let part = found.prefix(request.limit).prefix { event in
            defer { bytes += event.payload.count }
            return bytes < DeliveriesRequest.payloadBytesMax
        }
        return .deliveries(Array(part), isComplete: part.count == found.count)
    }

    private func tally(of run: RunKey) -> MetadataTally {
        var tally = MetadataTally()
        for row in metadata[run] ?? [] { tally.add(stepID: row.stepID, cost: row.cost) }
        return tally
    }
}
