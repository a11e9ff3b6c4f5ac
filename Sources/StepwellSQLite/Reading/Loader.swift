import StepwellCore
import StepwellModel
import StepwellStore

/// Answers the engine's loads: each sees everything that was committed when it began.
final class Loader {
    private let connection: Connection
    private let rows: RowReader
    private let run: Statement
    private let event: Statement
    private let otherEvents: Statement
    private let rerun: Statement
    private let steps: Statement
    private let jobs: Statement
    private let matches: Statement
    private let defers: Statement
    private let metadata: Statement
    private let eventTimes: Statement
    private let lookBack: Statement
    private let deliveries: Statement
    private let idempotency: Statement
    private let eventExists: Statement
    private let bulkPages: BulkPages
    private let begin: Statement
    private let end: Statement

    init(path: String, vfs: String?) throws(StoreError) {
        connection = try Connection(path: path, access: .reading, vfs: vfs)
        try connection.execute(
            "PRAGMA query_only = 1; PRAGMA busy_timeout = 1000; PRAGMA cache_size = -4096; PRAGMA mmap_size = 0")
        rows = RowReader(connection, try PayloadTable(connection))
        bulkPages = try BulkPages(connection, rows)
        run = try connection.prepare("SELECT \(Columns.run) FROM runs WHERE key = ?")
        event = try connection.prepare("SELECT \(Columns.event) FROM events WHERE key = ?")
        otherEvents = try connection.prepare(
            """
            SELECT events.key, events.id, events.name, events.received_at, events.payload
            FROM run_events JOIN events ON events.key = run_events.event
            WHERE run_events.run = ? ORDER BY run_events.position
            """)
        rerun = try connection.prepare("SELECT \(Columns.rerun) FROM reruns WHERE run = ?")
        steps = try connection.prepare("SELECT \(Columns.step) FROM steps WHERE key BETWEEN ? AND ? ORDER BY key")
        jobs = try connection.prepare("SELECT key, \(Columns.jobDetail) FROM jobs WHERE run = ?")
        matches = try connection.prepare(
            """
            SELECT events.key, events.id, events.name, events.received_at, events.payload, jobs.key
            FROM jobs JOIN waits ON waits.job = jobs.key JOIN events ON events.key = waits.matched_event
            WHERE jobs.run = ?
            """)
        defers = try connection.prepare("SELECT \(Columns.deferred) FROM defers WHERE run = ? ORDER BY position")
        // Sizes alone, in bytes: what the entries say is for people.
        metadata = try connection.prepare(
            """
            SELECT step_id, length(CAST(content AS BLOB)) + length(CAST(kind AS BLOB)) + \(MetadataTally.rowCost)
            FROM metadata WHERE run = ? ORDER BY position
            """)
        eventTimes = try connection.prepare(
            "SELECT key, received_at FROM events WHERE key >= ? ORDER BY key LIMIT 1")
        lookBack = try connection.prepare(
            """
            SELECT \(Columns.event) FROM events INDEXED BY events_name
            WHERE name = ?1 AND key > ?2 AND key <= ?3 AND received_at >= ?4
                AND key <> coalesce((SELECT event FROM runs WHERE runs.key = ?5), 0)
                AND key NOT IN (SELECT event FROM run_events WHERE run = ?5)
            ORDER BY key
            """)
        deliveries = try connection.prepare(
            """
            SELECT events.key, events.id, events.name, events.received_at, events.payload
            FROM deliveries JOIN events ON events.key = deliveries.event
            WHERE deliveries.name = ? AND deliveries.event > ? ORDER BY deliveries.event
            """)
        idempotency = try connection.prepare(
            """
            SELECT function FROM idempotency WHERE digest_high = ? AND digest_low = ? AND created_at > ?
            ORDER BY function
            """)
        begin = try connection.prepare("BEGIN")
        end = try connection.prepare("COMMIT")
        eventExists = try connection.prepare("SELECT 1 FROM events WHERE id = ?")
    }

    func load(_ request: LoadRequest) throws(StoreError) -> LoadResult {
        // One snapshot for all that belongs to a run.
        try begin.run()
        do throws(StoreError) {
            let result = try read(request)
            try end.run()
            return result
        } catch {
            // An error of the first kind is worth more than one of ending what only read.
            if connection.isInTransaction { try? end.run() }
            throw error
        }
    }

    private func read(_ request: LoadRequest) throws(StoreError) -> LoadResult {
        switch request {
        case .run(let key): .run(try loadedRun(key))
        case .idempotency(let digest, let since): .idempotency(try functions(of: digest, since: since))
        case .bulkPage(let request): .bulkPage(try bulkPages.page(request))
        case .events(let ids): .events(try existing(ids))
        case .metadata(let run): .metadata(try tally(of: run))
        case .lookBack(let request): try events(request)
        case .deliveries(let request): try events(request)
        }
    }

    private func loadedRun(_ key: RunKey) throws(StoreError) -> LoadedRun {
        run.bind(1, key.value)
        guard try run.step() else { throw .refused("run \(key.value) does not exist") }
        defer { run.reset() }
        let found = try rows.run(run)
        event.bind(1, found.eventKey.value)
        guard try event.step() else {
            throw .refused("event \(found.eventKey.value) of run \(found.id) does not exist")
        }
        defer { event.reset() }
        return LoadedRun(
            run: found, event: try rows.event(event), otherEvents: try otherEvents(of: key),
            steps: try steps(of: key), jobs: try jobs(of: key), matches: try matches(of: key),
            rerun: try rerun(of: key), defers: try defers(of: key), metadata: try tally(of: key))
    }

    private func defers(of key: RunKey) throws(StoreError) -> [DeferRow] {
        defers.bind(1, key.value)
        var found: [DeferRow] = []
        while try defers.step() { found.append(try rows.deferred(defers)) }
        return found
    }

    private func events(_ request: LookBackRequest) throws(StoreError) -> LoadResult {
        let first = try firstKey(at: request.from - TimeOrderedTable.slack, upTo: request.upTo.value)
        lookBack.bind(1, request.eventName)
        lookBack.bind(2, max(request.after.value, first - 1))
        lookBack.bind(3, request.upTo.value)
        lookBack.bind(4, request.from)
        lookBack.bind(5, request.run.value)
        defer { lookBack.reset() }
        var found: [EventRow] = []
        var bytes = 0
        while try lookBack.step() {
            guard found.count < LookBackRequest.eventsMax, bytes < LookBackRequest.bytesMax else {
                return .lookBack(found, isComplete: false)
            }
            let event = try rows.event(lookBack)
            bytes += event.payload.count
            found.append(event)
        }
        return .lookBack(found, isComplete: true)
    }

    private func events(_ request: DeliveriesRequest) throws(StoreError) -> LoadResult {
        deliveries.bind(1, request.name)
        deliveries.bind(2, request.after.value)
        defer { deliveries.reset() }
        var found: [EventRow] = []
        var bytes = 0
        while try deliveries.step() {
            guard found.count < request.limit, bytes < DeliveriesRequest.payloadBytesMax else {
                return .deliveries(found, isComplete: false)
            }
            let event = try rows.event(deliveries)
            bytes += event.payload.count
            found.append(event)
        }
        return .deliveries(found, isComplete: true)
    }

    /// A key before which all events are older, found by halving: keys come in the order of the times, but for the slack.
    private func firstKey(at time: Timestamp, upTo last: Int64) throws(StoreError) -> Int64 {
        var (low, high) = (Int64(1), last + 1)
        while low < high {
            let middle = low + (high - low) / 2
            eventTimes.bind(1, middle)
            let isThere = try eventTimes.step()
            let isEarlier = isThere && eventTimes.time(1) < time
            let key = isThere ? eventTimes.integer(0) : high
            eventTimes.reset()
            if isEarlier { low = key + 1 } else { high = middle }
        }
        return low
    }

    private func tally(of key: RunKey) throws(StoreError) -> MetadataTally {
        metadata.bind(1, key.value)
        var tally = MetadataTally()
        while try metadata.step() { tally.add(stepID: metadata.optionalText(0), cost: metadata.int(1)) }
        return tally
    }

    private func rerun(of key: RunKey) throws(StoreError) -> RerunRow? {
        rerun.bind(1, key.value)
        guard try rerun.step() else { return nil }
        defer { rerun.reset() }
        return try rows.rerun(rerun)
    }

    private func otherEvents(of key: RunKey) throws(StoreError) -> [EventRow] {
        otherEvents.bind(1, key.value)
        var found: [EventRow] = []
        while try otherEvents.step() { found.append(try rows.event(otherEvents)) }
        return found
    }

    /// The events that ended waits of the run's jobs, and whose results are still to be recorded.
    private func matches(of key: RunKey) throws(StoreError) -> [JobKey: EventRow] {
        matches.bind(1, key.value)
        var found: [JobKey: EventRow] = [:]
        while try matches.step() { found[JobKey(matches.integer(5))] = try rows.event(matches) }
        return found
    }

    private func steps(of key: RunKey) throws(StoreError) -> [StepRow] {
        steps.bind(run: key)
        var found: [StepRow] = []
        while try steps.step() {
            let step = try rows.step(steps)
            guard step.position == found.count else {
                throw rows.damaged("run \(key.value) has no step at position \(found.count)")
            }
            found.append(step)
        }
        return found
    }

    private func jobs(of key: RunKey) throws(StoreError) -> [JobKey: JobDetail] {
        jobs.bind(1, key.value)
        var found: [JobKey: JobDetail] = [:]
        while try jobs.step() { found[JobKey(jobs.integer(0))] = rows.jobDetail(jobs, from: 1) }
        return found
    }

    private func functions(of digest: Digest, since: Timestamp) throws(StoreError) -> [FunctionKey] {
        idempotency.bind(1, bits: digest.high)
        idempotency.bind(2, bits: digest.low)
        idempotency.bind(3, since)
        var found: [FunctionKey] = []
        while try idempotency.step() { found.append(FunctionKey(idempotency.integer(0))) }
        return found
    }

    private func existing(_ ids: [ULID]) throws(StoreError) -> [ULID] {
        var found: [ULID] = []
        for id in ids {
            eventExists.bind(1, utf8: id.textBytes)
            guard try eventExists.step() else { continue }
            eventExists.reset()
            found.append(id)
        }
        return found
    }
}

extension Statement {
    /// Binds the first and the last key that a step of the run can have.
    func bind(run: RunKey) {
        let first = run.value << Int64(StoreLimits.stepPositionBits)
        bind(1, first)
        bind(2, first | Int64(StoreLimits.stepsPerRun - 1))
    }
}
