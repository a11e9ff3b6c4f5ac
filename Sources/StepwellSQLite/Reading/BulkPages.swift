import StepwellCore
import StepwellModel
import StepwellStore

/// Reads the runs or events that work on many of them is about, by key upwards: a page looks at a bounded number of rows, however few
/// of them match.
final class BulkPages {
    private let connection: Connection
    private let rows: RowReader
    private let run: Statement
    private let event: Statement
    private let otherEvents: Statement
    private let steps: Statement
    private let openSteps: Statement
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
        steps = try connection.prepare("SELECT \(Columns.step) FROM steps WHERE key BETWEEN ? AND ? ORDER BY key")
        // A run that sleeps, waits, or was ended while a step was tried again, has no result of it. Of a step with an action and
        // attempts the action comes first, since it tells what kind the step is of.
        openSteps = try connection.prepare(
            """
            SELECT step_id, step_name, NULL AS kind FROM attempts WHERE run = ?1 AND step_id <> ''
            UNION SELECT step_id, step_name, kind FROM jobs WHERE run = ?1 AND step_id <> ''
            ORDER BY step_id, kind DESC
            """)
    }

    func page(_ request: BulkPageRequest) throws(StoreError) -> BulkPage {
        var page = BulkPage(cursor: request.after)
        var payloadBytes = 0
        var found = 0
        var looks = 0
        let scan = try scan(request)
        defer { scan.reset() }
        while try scan.step() {
            looks += 1
            page.cursor = scan.integer(0)
            guard try matches(scan, request) else { continue }
            found += 1
            payloadBytes += try add(page.cursor, of: request.subject, to: &page)
            if found >= request.limit || payloadBytes >= BulkPageRequest.payloadBytesMax { return page }
        }
        if looks < BulkPageRequest.looksMax { page.cursor = request.through }
        return page
    }

    /// - Returns: How much of the page's size it takes.
    private func add(_ key: Int64, of subject: BulkSubject, to page: inout BulkPage) throws(StoreError) -> Int {
        switch subject {
        case .runKeys:
            page.runs.append(BulkCandidate(key: RunKey(key)))
            return 0
        case .runs, .runsWithSteps:
            let candidate = try candidate(RunKey(key), readsSteps: subject == .runsWithSteps)
            page.runs.append(candidate)
            return candidate.payloadBytes
        case .events:
            let event = try event(EventKey(key), of: "bulk work")
            page.events.append(event)
            return event.payload.count
        }
    }

    // MARK: - Where to look

    /// Key, function, status and time of the runs among which the page is, or key, name and time of the events, by key
    /// upwards.
    private func scan(_ request: BulkPageRequest) throws(StoreError) -> Statement {
        guard request.subject != .events else { return try eventScan(request) }
        return try bound(Self.source(of: request.filter), request)
    }

    /// Of one name there is an index.
    private func eventScan(_ request: BulkPageRequest) throws(StoreError) -> Statement {
        let name = request.filter.eventNames.flatMap { $0.count == 1 ? $0.first : nil }
        let statement = try bound(
            """
            SELECT key, name, received_at FROM events \(name == nil ? "" : "INDEXED BY events_name")
            WHERE \(name == nil ? "" : "name = ?4 AND") key > ?1 AND key <= ?2 ORDER BY key LIMIT ?3
            """, request)
        if let name { statement.bind(4, name) }
        return statement
    }

    /// The statement, prepared once, with the page's range and the number of its looks.
    private func bound(_ sql: String, _ request: BulkPageRequest) throws(StoreError) -> Statement {
        let statement: Statement
        if let known = scans[sql] { statement = known } else { statement = try connection.prepare(sql) }
        scans[sql] = statement
        statement.bind(1, request.after)
        statement.bind(2, request.through)
        statement.bind(3, BulkPageRequest.looksMax)
        return statement
    }

    /// Of few runs among many there is an index, or they have jobs.
    private static func source(of filter: BulkFilter) -> String {
        let columns = "SELECT key, function, status, queued_at FROM"
        let range = "key > ?1 AND key <= ?2"
        if filter.isOfUnfinished {
            return """
                \(columns)
                    (SELECT DISTINCT run FROM jobs INDEXED BY jobs_run WHERE run > ?1 AND run <= ?2 ORDER BY run LIMIT ?3)
                    JOIN runs ON runs.key = run
                ORDER BY key
                """
        }
        if let statuses = filter.statuses, !statuses.isEmpty, statuses.isSubset(of: [.failed, .cancelled, .skipped]) {
            // The first condition is the index's own, word by word, without which it is not used. Of each status as many as a
            // page looks at, so that the first of all are among them.
            let scans = statuses.map(\.rawValue).sorted().map { status in
                """
                SELECT * FROM (
                    \(columns) runs INDEXED BY runs_unsuccessful
                    WHERE status IN (3, 4, 5) AND status = \(status) AND \(range) ORDER BY key LIMIT ?3)
                """
            }
            return "\(scans.joined(separator: " UNION ALL ")) ORDER BY key LIMIT ?3"
        }
        return "\(columns) runs WHERE \(range) ORDER BY key LIMIT ?3"
    }

    // MARK: - Rows

    private func matches(_ row: Statement, _ request: BulkPageRequest) throws(StoreError) -> Bool {
        if request.subject == .events {
            return request.filter.matches(eventNamed: row.text(1), receivedAt: row.time(2))
        }
        return request.filter.matches(
            BulkFilter.Facts(
                functionKey: FunctionKey(row.integer(1)), status: try rows.value(row, 2), queuedAt: row.time(3)))
    }

    private func candidate(_ key: RunKey, readsSteps: Bool) throws(StoreError) -> BulkCandidate {
        run.bind(1, key.value)
        guard try run.step() else { throw .refused("run \(key.value) does not exist") }
        defer { run.reset() }
        let found = try rows.run(run, readsOutput: false)
        otherEvents.bind(1, key.value)
        var others: [EventRow] = []
        while try otherEvents.step() { others.append(try rows.event(otherEvents)) }
        var loaded = LoadedRun(
            run: found, event: try event(found.eventKey, of: "run \(found.id)"), otherEvents: others, steps: [],
            jobs: [:])
        guard readsSteps else { return BulkCandidate(key: key, run: loaded) }
        steps.bind(run: key)
        while try steps.step() { loaded.steps.append(try rows.step(steps)) }
        return BulkCandidate(key: key, run: loaded, openSteps: try openSteps(of: loaded))
    }

    private func event(_ key: EventKey, of what: @autoclosure () -> String) throws(StoreError) -> EventRow {
        event.bind(1, key.value)
        guard try event.step() else { throw .refused("event \(key.value) of \(what()) does not exist") }
        defer { event.reset() }
        return try rows.event(event)
    }

    private func openSteps(of run: LoadedRun) throws(StoreError) -> [NamedStep] {
        var known = Set(run.steps.map(\.id))
        openSteps.bind(1, run.run.key.value)
        var open: [NamedStep] = []
        while try openSteps.step() {
            let id = openSteps.text(0)
            guard known.insert(id).inserted else { continue }
            let job: JobKind? = openSteps.isNull(2) ? nil : try rows.value(openSteps, 2)
            open.append(NamedStep(id: id, name: openSteps.optionalText(1), job: job))
        }
        return open
    }
}
