import CSQLite
import Glibc
import StepwellCore
import StepwellStore

/// A read-only connection with its prepared statements and a limit of time.
///
/// Unchecked, since the C library's handles know nothing of threads: a session is used by the one thread that took it out of
/// its reader's list under the lock, and such a connection may change threads between calls.
final class ReadSession: @unchecked Sendable {
    let connection: Connection
    let payloads: PayloadTable
    let rows: RowReader
    private var statements: [String: Statement] = [:]
    private var bulkPages: BulkPages?
    /// On the monotonic clock, in milliseconds; looked at by the library every thousand instructions.
    private let deadline: UnsafeMutablePointer<Int64>

    init(path: String) throws(StoreError) {
        guard access(path, R_OK) == 0 else { throw Self.unreadable(path, errno) }
        connection = try Connection(path: path, access: .reading, vfs: nil)
        try connection.execute(
            "PRAGMA query_only = 1; PRAGMA busy_timeout = 1000; PRAGMA cache_size = -2048; PRAGMA mmap_size = 0")
        try Migrations.checkReadable(connection)
        payloads = try PayloadTable(connection)
        rows = RowReader(connection, payloads)
        deadline = .allocate(capacity: 1)
        deadline.initialize(to: .max)
        sqlite3_progress_handler(
            connection.handle, 1_000,
            { deadline in
                guard let deadline else { return 0 }
                return monotonicMilliseconds() >= deadline.assumingMemoryBound(to: Int64.self).pointee ? 1 : 0
            }, deadline)
    }

    deinit {
        sqlite3_progress_handler(connection.handle, 0, nil, nil)
        deadline.deallocate()
    }

    private static func unreadable(_ path: String, _ cause: Int32) -> StoreError {
        let reason = String(cString: strerror(cause))
        guard cause == ENOENT || cause == ENOTDIR else {
            return StoreError(
                .readOnly, "SW0103: \(path) cannot be read: \(reason). Give this user read permission on the file.")
        }
        return StoreError(
            .readOnly,
            "SW0111: there is no data file at \(path) (\(reason)). Name it with --data; a server makes it when it starts."
        )
    }

    /// The statement for `sql`, prepared when it is used for the first time.
    ///
    /// - Parameter copy: Tells apart statements of the same text that are read at the same time.
    func statement(_ sql: String, copy: Int = 0) throws(StoreError) -> Statement {
        let key = copy == 0 ? sql : "\(copy) \(sql)"
        if let statement = statements[key] { return statement }
        let statement = try connection.prepare(sql)
        statements[key] = statement
        return statement
    }

    func bulkPage(_ request: BulkPageRequest) throws(StoreError) -> BulkPage {
        let pages: BulkPages
        if let bulkPages { pages = bulkPages } else { pages = try BulkPages(connection, rows) }
        bulkPages = pages
        return try pages.page(request)
    }

    /// Every row of `statement`, made by `row`.
    func all<Row>(
        _ statement: Statement, _ row: (Statement) throws(StoreError) -> Row
    ) throws(StoreError) -> [Row] {
        defer { statement.reset() }
        var found: [Row] = []
        while try statement.step() { found.append(try row(statement)) }
        return found
    }

    func limited<Result>(
        toMilliseconds limit: Int, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        deadline.pointee = monotonicMilliseconds() + Int64(limit)
        return try body()
    }
}

private func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
