import StepwellCore
import StepwellModel
import StepwellStore

/// Reads the runs that work on many of them is about, by key upwards: a page looks at a bounded number of rows, however few
/// of them match.
final class BulkPages {
    private let connection: Connection
    private let rows: RowReader
    private let run: Statement
    private let event: Statement
    private let otherEvents: Statement
    private var scans: [String: Statement] = [:]

    init(_ connection: Connection, _ rows: RowReader) throws(StoreError) {
        self.connection = connection
        self.rows = rows
        run = try connection.prepare("SELECT \(Columns.run) FROM runs WHERE key = ?")
        event = try connection.prepare("SELECT \(Columns.event) FROM events WHERE key = ?")
        otherEvents = try connection.prepare(
            """
            SELECT events.key, events.id, events.name, events.received_at, events.payload
            FROM run_events JOIN events ON events.key = run_events.event
            WHERE run_events.run = ? ORDER BY run_events.position
            """)
    }

    func page(_ request: BulkPageRequest) throws(StoreError) -> BulkPage {
        var page = BulkPage(runs: [], cursor: request.after)
        var payloadBytes = 0
        var looks = 0
        let scan = try scan(request)
        defer { scan.reset() }
        while try scan.step() {
            looks += 1
            let key = RunKey(scan.integer(0))
            page.cursor = key
            guard request.filter.matches(try candidate(scan)) else { continue }
            let loaded = request.readsRuns ? try loadedRun(key) : nil
            payloadBytes += loaded.map(Self.payloadBytes) ?? 0
            page.runs.append(BulkCandidate(key: key, run: loaded))
            if page.runs.count >= request.limit || payloadBytes >= BulkPageRequest.payloadBytesMax { return page }
        }
        if looks < BulkPageRequest.looksMax { page.cursor = request.through }
        return page
    }

    // MARK: - Where to look

    /// Key, function, status and time of the runs among which the page is, by key upwards.
    private func scan(_ request: BulkPageRequest) throws(StoreError) -> Statement {
        let (sql, status) = Self.source(of: request.filter)
        let statement: Statement
        if let known = scans[sql] { statement = known } else { statement = try connection.prepare(sql) }
        scans[sql] = statement
        statement.bind(1, request.after.value)
        statement.bind(2, request.through.value)
        statement.bind(3, BulkPageRequest.looksMax)
        if let status { statement.bind(4, Int64(status.rawValue)) }
        return statement
    }

    /// Of few runs among many there is an index, or they have jobs.
    private static func source(of filter: BulkFilter) -> (sql: String, status: RunStatus?) {
        let columns = "SELECT key, function, status, queued_at FROM"
        let range = "key > ?1 AND key <= ?2"
        if filter.isOfUnfinished {
            let sql = """
                \(columns)
                    (SELECT DISTINCT run FROM jobs INDEXED BY jobs_run WHERE run > ?1 AND run <= ?2 ORDER BY run LIMIT ?3)
                    JOIN runs ON runs.key = run
                ORDER BY key
                """
            return (sql, nil)
        }
        if let status = filter.statuses?.first, filter.statuses?.count == 1, status != .completed {
            // The first condition is the index's own, word by word, without which it is not used.
            let sql = """
                \(columns) runs INDEXED BY runs_unsuccessful
                WHERE status IN (3, 4, 5) AND status = ?4 AND \(range) ORDER BY key LIMIT ?3
                """
            return (sql, status)
        }
        return ("\(columns) runs WHERE \(range) ORDER BY key LIMIT ?3", nil)
    }

    // MARK: - Rows

    private func candidate(_ row: Statement) throws(StoreError) -> BulkFilter.Facts {
        BulkFilter.Facts(
            functionKey: FunctionKey(row.integer(1)), status: try rows.value(row, 2), queuedAt: row.time(3))
    }

    private func loadedRun(_ key: RunKey) throws(StoreError) -> LoadedRun {
        run.bind(1, key.value)
        guard try run.step() else { throw .refused("run \(key.value) does not exist") }
        defer { run.reset() }
        let found = try rows.run(run, readsOutput: false)
        event.bind(1, found.eventKey.value)
        guard try event.step() else {
            throw .refused("event \(found.eventKey.value) of run \(found.id) does not exist")
        }
        defer { event.reset() }
        otherEvents.bind(1, key.value)
        var others: [EventRow] = []
        while try otherEvents.step() { others.append(try rows.event(otherEvents)) }
        return LoadedRun(run: found, event: try rows.event(event), otherEvents: others, steps: [], jobs: [:])
    }

    private static func payloadBytes(_ run: LoadedRun) -> Int {
        run.otherEvents.reduce(run.event.payload.count) { $0 + $1.payload.count }
    }
}
