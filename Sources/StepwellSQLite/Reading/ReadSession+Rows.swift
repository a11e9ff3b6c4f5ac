import Glibc
import StepwellCore
import StepwellModel
import StepwellStore

/// Single rows and short lists: each is one look-up by a key or an index.
extension ReadSession {
    func event(_ id: ULID) throws(StoreError) -> EventRow? {
        let statement = try statement("SELECT \(Columns.event) FROM events WHERE id = ?")
        statement.bind(1, utf8: id.textBytes)
        return try all(statement) { (row) throws(StoreError) in try rows.event(row) }.first
    }

    func resend(of event: ULID) throws(StoreError) -> ResendRow? {
        guard let key = try key(of: event, in: "events") else { return nil }
        let statement = try statement("SELECT \(Columns.resend) FROM resends WHERE event = ?")
        statement.bind(1, key)
        return try all(statement) { (row) throws(StoreError) in try rows.resend(row) }.first
    }

    func droppedStarts(of event: EventKey) throws(StoreError) -> [DroppedStart] {
        let statement = try statement(
            """
            SELECT functions.slug, dropped_starts.reason, runs.id
            FROM dropped_starts
            LEFT JOIN functions ON functions.key = dropped_starts.function
            LEFT JOIN runs ON runs.key = dropped_starts.run
            WHERE dropped_starts.event = ? ORDER BY dropped_starts.function
            """)
        statement.bind(1, event.value)
        return try all(statement) { (row) throws(StoreError) in
            DroppedStart(
                functionSlug: row.text(0), reason: try rows.value(row, 1),
                runID: row.isNull(2) ? nil : try rows.ulid(row, 2))
        }
    }

    func run(_ id: ULID) throws(StoreError) -> RunRecord? {
        guard let key = try key(of: id, in: "runs") else { return nil }
        return try runRecord(key, includesOutput: true)
    }

    /// A run's row and names; nil when it does not exist.
    func runRecord(_ key: Int64, includesOutput: Bool) throws(StoreError) -> RunRecord? {
        let statement = try statement(
            """
            SELECT \(Columns.run), functions.slug, apps.name, events.id, events.name
            FROM runs
            LEFT JOIN functions ON functions.key = runs.function
            LEFT JOIN apps ON apps.key = functions.app
            LEFT JOIN events ON events.key = runs.event
            WHERE runs.key = ?
            """)
        statement.bind(1, key)
        let rerun = try rerun(of: key)
        let resend = try resend(startOf: key)
        return try all(statement) { (row) throws(StoreError) in
            RunRecord(
                run: try rows.run(row, readsOutput: includesOutput), functionSlug: row.text(18), appName: row.text(19),
                eventID: row.isNull(20) ? nil : try rows.ulid(row, 20), eventName: row.optionalText(21),
                rerun: rerun, resend: resend)
        }.first
    }

    func events(of run: RunKey) throws(StoreError) -> [EventRow] {
        let statement = try statement(
            "SELECT \(Columns.event) FROM (\(Self.eventKeys)) JOIN events ON key = event ORDER BY position")
        statement.bind(1, run.value)
        return try all(statement) { (row) throws(StoreError) in try rows.event(row) }
    }

    func eventIDs(of run: RunKey) throws(StoreError) -> [ULID] {
        let statement = try statement("SELECT id FROM (\(Self.eventKeys)) JOIN events ON key = event ORDER BY position")
        statement.bind(1, run.value)
        return try all(statement) { (row) throws(StoreError) in try rows.ulid(row, 0) }
    }

    /// Keys and positions of the events of the run that is bound to 1.
    private static let eventKeys = """
        SELECT 0 AS position, event FROM runs WHERE key = ?1
        UNION ALL SELECT position, event FROM run_events WHERE run = ?1
        """

    private func rerun(of key: Int64) throws(StoreError) -> RerunRow? {
        let statement = try statement("SELECT \(Columns.rerun) FROM reruns WHERE run = ?")
        statement.bind(1, key)
        return try all(statement) { (row) throws(StoreError) in try rows.rerun(row) }.first
    }

    private func resend(startOf key: Int64) throws(StoreError) -> ResendRow? {
        let statement = try statement(
            "SELECT \(Columns.resend) FROM resends WHERE event = (SELECT event FROM runs WHERE key = ?)")
        statement.bind(1, key)
        return try all(statement) { (row) throws(StoreError) in try rows.resend(row) }.first
    }

    func steps(of run: RunKey) throws(StoreError) -> [StepRow] {
        let statement = try statement("SELECT \(Columns.step) FROM steps WHERE key BETWEEN ? AND ? ORDER BY key")
        statement.bind(run: run)
        return try all(statement) { (row) throws(StoreError) in try rows.step(row) }
    }

    func attempts(of run: RunKey) throws(StoreError) -> [AttemptRow] {
        let statement = try statement("SELECT \(Columns.attempt) FROM attempts WHERE run = ? ORDER BY key")
        statement.bind(1, run.value)
        return try all(statement) { (row) throws(StoreError) in try rows.attempt(row) }
    }

    func defers(of run: RunKey) throws(StoreError) -> [DeferRow] {
        let statement = try statement("SELECT \(Columns.deferred) FROM defers WHERE run = ? ORDER BY position")
        statement.bind(1, run.value)
        return try all(statement) { (row) throws(StoreError) in try rows.deferred(row) }
    }

    func metadata(of run: RunKey) throws(StoreError) -> [MetadataRow] {
        let statement = try statement("SELECT \(Columns.metadata) FROM metadata WHERE run = ? ORDER BY position")
        statement.bind(1, run.value)
        return try all(statement) { (row) throws(StoreError) in try rows.metadata(row) }
    }

    func pendingActions(of run: RunKey) throws(StoreError) -> [PendingAction] {
        let statement = try statement(
            """
            SELECT \(Columns.jobCore), \(Columns.jobDetail), \(Columns.waitOfJob), \(Columns.holdOfJob)
            FROM jobs LEFT JOIN waits ON waits.job = jobs.key LEFT JOIN holds ON holds.job = jobs.key
            WHERE run = ? ORDER BY key
            """)
        statement.bind(1, run.value)
        return try all(statement) { (row) throws(StoreError) in
            let job = JobRow(core: try rows.jobCore(row), detail: rows.jobDetail(row, from: 17))
            return PendingAction(
                job: job, wait: row.isNull(21) ? nil : try rows.wait(row, from: 21),
                hold: row.isNull(30) ? nil : rows.hold(row, from: 30))
        }
    }

    func apps() throws(StoreError) -> [AppRow] {
        try all(try statement("SELECT \(Columns.app) FROM apps ORDER BY key")) { (row) throws(StoreError) in
            try rows.app(row)
        }
    }

    func functions() throws(StoreError) -> [FunctionRow] {
        try all(try statement("SELECT \(Columns.function) FROM functions ORDER BY key")) { (row) throws(StoreError) in
            try rows.function(row)
        }
    }

    func bulks(limit: Int, origin: BulkOrigin?) throws(StoreError) -> [BulkRow] {
        let statement = try statement(
            "SELECT \(Columns.bulk) FROM bulk_work WHERE ?2 IS NULL OR origin = ?2 ORDER BY id DESC LIMIT ?1")
        statement.bind(1, limit)
        if let origin { statement.bind(2, Int64(origin.rawValue)) } else { statement.bindNull(2) }
        return try all(statement) { (row) throws(StoreError) in try rows.bulk(row) }
    }

    func bulk(_ id: ULID) throws(StoreError) -> BulkRow? {
        let statement = try statement("SELECT \(Columns.bulk) FROM bulk_work WHERE id = ?")
        statement.bind(1, utf8: id.textBytes)
        return try all(statement) { (row) throws(StoreError) in try rows.bulk(row) }.first
    }

    func functionStates() throws(StoreError) -> [FunctionStateRow] {
        let statement = try statement("SELECT \(Columns.functionState) FROM function_states ORDER BY function")
        return try all(statement) { (row) throws(StoreError) in try rows.functionState(row) }
    }

    func runCounts() throws(StoreError) -> [RunCount] {
        let statement = try statement(
            "SELECT function, status, runs FROM run_counts WHERE runs > 0 ORDER BY function, status")
        return try all(statement) { (row) throws(StoreError) in
            RunCount(functionKey: FunctionKey(row.integer(0)), status: try rows.value(row, 1), runs: row.int(2))
        }
    }

    func facts() throws(StoreError) -> StoreFacts {
        let statement = try statement(
            """
            SELECT
                coalesce(max(epoch), 0), coalesce(max(batch_sequence), 0), coalesce(max(engine_time), 0),
                (SELECT max(key) FROM events) - (SELECT min(key) FROM events) + 1,
                (SELECT sum(runs) FROM run_counts),
                (SELECT count(*) FROM jobs)
            FROM partitions
            """)
        guard try statement.step() else { throw rows.damaged("the partition's row is missing") }
        defer { statement.reset() }
        let pageBytes = try connection.integer("PRAGMA page_size")
        return StoreFacts(
            epoch: statement.integer(0), batchSequence: statement.integer(1), engineTime: statement.time(2),
            events: statement.int(3), runs: statement.int(4), jobs: statement.int(5),
            schemaVersion: Int(try connection.integer("PRAGMA user_version")),
            fileBytes: try connection.integer("PRAGMA page_count") * pageBytes, logBytes: logBytes(),
            freeBytes: try connection.integer("PRAGMA freelist_count") * pageBytes)
    }

    /// The row key behind a public id; nil when there is none.
    func key(of id: ULID, in table: StaticString) throws(StoreError) -> Int64? {
        let statement = try statement("SELECT key FROM \(table) WHERE id = ?")
        statement.bind(1, utf8: id.textBytes)
        return try all(statement) { $0.integer(0) }.first
    }

    private func logBytes() -> Int64 {
        var facts = stat()
        return stat(connection.path + "-wal", &facts) == 0 ? Int64(facts.st_size) : 0
    }
}
