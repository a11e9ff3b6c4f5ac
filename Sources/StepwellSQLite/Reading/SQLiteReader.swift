import StepwellCore
import StepwellModel
import StepwellStore
import Synchronization

/// Reads a data file beside its writer, or when no server runs: read-only connections, as many as there are readers at the
/// same time, of which a few are kept for the next ones.
package final class SQLiteReader: StoreReader {
    package let path: String
    private let millisecondsMax: Int
    private let idle = Mutex<[ReadSession]>([])

    /// How many connections stay open while nobody reads; each keeps up to 2 MB of the file in memory.
    private static let idleMax = 2

    /// - Parameter millisecondsMax: How long a query may take.
    package init(path: String, millisecondsMax: Int = 5_000) throws(StoreError) {
        self.path = path
        self.millisecondsMax = millisecondsMax
        // A file that is not ours is refused here, not at the first query.
        try with { (session) throws(StoreError) in _ = try session.facts() }
    }

    /// Ends the connections that are kept; the next query opens a new one.
    package func close() { idle.withLock { $0.removeAll() } }

    package func events(_ query: EventQuery) throws(StoreError) -> Page<EventRow> {
        try with { (session) throws(StoreError) in try session.events(query) }
    }

    package func event(_ id: ULID) throws(StoreError) -> EventRow? {
        try with { (session) throws(StoreError) in try session.event(id) }
    }

    package func resend(of event: ULID) throws(StoreError) -> ResendRow? {
        try with { (session) throws(StoreError) in try session.resend(of: event) }
    }

    package func droppedStarts(of event: EventKey) throws(StoreError) -> [DroppedStart] {
        try with { (session) throws(StoreError) in try session.droppedStarts(of: event) }
    }

    package func runs(_ query: RunQuery) throws(StoreError) -> Page<RunRecord> {
        try with { (session) throws(StoreError) in try session.runs(query) }
    }

    package func run(_ id: ULID) throws(StoreError) -> RunRecord? {
        try with { (session) throws(StoreError) in try session.run(id) }
    }

    package func run(_ key: RunKey) throws(StoreError) -> RunRecord? {
        try with { (session) throws(StoreError) in try session.runRecord(key.value, includesOutput: true) }
    }

    package func events(of run: RunKey) throws(StoreError) -> [EventRow] {
        try with { (session) throws(StoreError) in try session.events(of: run) }
    }

    package func eventIDs(of run: RunKey) throws(StoreError) -> [ULID] {
        try with { (session) throws(StoreError) in try session.eventIDs(of: run) }
    }

    package func steps(of run: RunKey) throws(StoreError) -> [StepRow] {
        try with { (session) throws(StoreError) in try session.steps(of: run) }
    }

    package func attempts(of run: RunKey) throws(StoreError) -> [AttemptRow] {
        try with { (session) throws(StoreError) in try session.attempts(of: run) }
    }

    package func defers(of run: RunKey) throws(StoreError) -> [DeferRow] {
        try with { (session) throws(StoreError) in try session.defers(of: run) }
    }

    package func metadata(of run: RunKey) throws(StoreError) -> [MetadataRow] {
        try with { (session) throws(StoreError) in try session.metadata(of: run) }
    }

    package func pendingActions(of run: RunKey) throws(StoreError) -> [PendingAction] {
        try with { (session) throws(StoreError) in try session.pendingActions(of: run) }
    }

    package func apps() throws(StoreError) -> [AppRow] {
        try with { (session) throws(StoreError) in try session.apps() }
    }

    package func functions() throws(StoreError) -> [FunctionRow] {
        try with { (session) throws(StoreError) in try session.functions() }
    }

    package func bulks(limit: Int, origin: BulkOrigin?) throws(StoreError) -> [BulkRow] {
        try with { (session) throws(StoreError) in try session.bulks(limit: limit, origin: origin) }
    }

    package func bulk(_ id: ULID) throws(StoreError) -> BulkRow? {
        try with { (session) throws(StoreError) in try session.bulk(id) }
    }

    package func audits(_ query: AuditQuery) throws(StoreError) -> Page<AuditRow> {
        try with { (session) throws(StoreError) in try session.audits(query) }
    }

    package func bulkPage(_ request: BulkPageRequest) throws(StoreError) -> BulkPage {
        try with { (session) throws(StoreError) in try session.bulkPage(request) }
    }

    package func runKeys(
        queuedFrom: Timestamp?, queuedUntil: Timestamp?
    ) throws(StoreError) -> (after: Int64, through: Int64)? {
        try with { (session) throws(StoreError) in try session.keys(in: .runs, from: queuedFrom, until: queuedUntil) }
    }

    package func eventKeys(
        receivedFrom: Timestamp?, receivedUntil: Timestamp?
    ) throws(StoreError) -> (after: Int64, through: Int64)? {
        try with { (session) throws(StoreError) in
            try session.keys(in: .events, from: receivedFrom, until: receivedUntil)
        }
    }

    package func functionStates() throws(StoreError) -> [FunctionStateRow] {
        try with { (session) throws(StoreError) in try session.functionStates() }
    }

    package func runCounts() throws(StoreError) -> [RunCount] {
        try with { (session) throws(StoreError) in try session.runCounts() }
    }

    package func facts() throws(StoreError) -> StoreFacts {
        try with { (session) throws(StoreError) in try session.facts() }
    }

    /// Borrows a connection. After an error it is not used again.
    private func with<Result>(_ body: (ReadSession) throws(StoreError) -> Result) throws(StoreError) -> Result {
        let session = try borrow()
        let result = try session.limited(toMilliseconds: millisecondsMax) { () throws(StoreError) in try body(session) }
        idle.withLock { if $0.count < Self.idleMax { $0.append(session) } }
        return result
    }

    private func borrow() throws(StoreError) -> ReadSession {
        if let kept = idle.withLock({ $0.popLast() }) { return kept }
        return try ReadSession(path: path)
    }
}
