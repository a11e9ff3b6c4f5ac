import StepwellCore
import StepwellStore
import Synchronization

/// A store in one SQLite file: Debian's library, write-ahead log, one transaction a batch, synced before it is
/// acknowledged.
///
/// This process owns the file until ``close()``. Only this store's connection writes and checkpoints; everyone else opens
/// the file read-only (``SQLiteReader``, `sqlite3 -readonly`).
package final class SQLiteStore: Store {
    /// The file's path without symbolic links.
    package let path: String
    private let writer: Mutex<Writer?>
    /// A connection of its own, so that a load does not wait while a batch is being synced.
    private let loader: Mutex<Loader?>

    /// Opens the file, makes it when it is missing, and brings its schema up to date.
    package convenience init(path: String, options: SQLiteOptions = SQLiteOptions()) throws(StoreError) {
        try self.init(path: path, options: options, reserve: nil)
    }

    /// - Parameter reserve: Space that is set aside somewhere else than beside the file.
    init(path: String, options: SQLiteOptions, reserve: sending DiskReserve?) throws(StoreError) {
        let writer = try Writer(path: path, options: options, reserve: reserve)
        self.path = writer.path
        self.loader = Mutex(try Loader(path: writer.path, vfs: options.vfs))
        self.writer = Mutex(writer)
    }

    package func open(partition: Int) throws(StoreError) -> OpenedPartition {
        try check(partition)
        return try withWriter { (writer) throws(StoreError) in try writer.raiseEpoch() }
    }

    package func recover(partition: Int, into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try check(partition)
        try withWriter { (writer) throws(StoreError) in try writer.recover(into: sink) }
    }

    package func commit(_ batch: Batch) throws(StoreError) {
        try check(batch.partition)
        try withWriter { (writer) throws(StoreError) in try writer.commit(batch) }
    }

    package func load(_ request: LoadRequest, partition: Int) throws(StoreError) -> LoadResult {
        try check(partition)
        return try loader.withLock { (loader) throws(StoreError) in
            guard let loader else { throw closed }
            return try loader.load(request)
        }
    }

    package var shortage: StoreError? { writer.withLock { $0?.shortage } }

    /// Moves the log into the data file and gives up the file. Close its readers first, else the log stays beside it.
    package func close() {
        // The writer last: only the last connection moves the log into the file.
        loader.withLock { $0 = nil }
        writer.withLock { $0 = nil }
    }

    private func check(_ partition: Int) throws(StoreError) {
        guard partition == 0 else { throw .unknownPartition(partition) }
    }

    private func withWriter<Result: Sendable>(
        _ body: (Writer) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try writer.withLock { (writer) throws(StoreError) in
            guard let writer else { throw closed }
            return try body(writer)
        }
    }

    private var closed: StoreError {
        StoreError(.refused, "SW0116: \(path) is closed. This is a defect: report it.")
    }
}
