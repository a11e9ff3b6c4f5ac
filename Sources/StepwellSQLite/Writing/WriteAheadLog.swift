import CSQLite
import StepwellStore

/// Keeps the write-ahead log small: between two commits, when it has grown by `logBytesBeforeCheckpoint`, its content is
/// moved into the data file, and the next commit starts it over.
///
/// A reader that holds an old snapshot keeps the log from starting over, so it grows. At `logBytesMax` batches are
/// refused, retriably, until the reader ends. After a growth the library cuts the file back to four times
/// `logBytesBeforeCheckpoint` when the log starts over (`journal_size_limit`).
final class WriteAheadLog {
    private let connection: Connection
    private let pageBytes: Int
    private let bytesBeforeCheckpoint: Int
    private let bytesMax: Int
    /// Pages in the log after the last commit; written by the library's hook.
    private let pages: UnsafeMutablePointer<Int>
    /// Where the log stood after the last checkpoint that a reader kept from being complete.
    private var pagesAtLastAttempt = 0

    init(of connection: Connection, options: SQLiteOptions) throws(StoreError) {
        self.connection = connection
        pageBytes = Int(try connection.integer("PRAGMA page_size"))
        bytesBeforeCheckpoint = options.logBytesBeforeCheckpoint
        bytesMax = options.logBytesMax
        pages = .allocate(capacity: 1)
        pages.initialize(to: 0)
        sqlite3_wal_hook(
            connection.handle,
            { pages, _, _, count in
                pages?.assumingMemoryBound(to: Int.self).pointee = Int(count)
                return SQLITE_OK
            }, pages)
    }

    deinit {
        sqlite3_wal_hook(connection.handle, nil, nil)
        pages.deallocate()
    }

    /// Called before each batch. Throws when the log may grow no more, or when the disk has failed.
    func checkpointIfLarge() throws(StoreError) {
        if pages.pointee < pagesAtLastAttempt { pagesAtLastAttempt = 0 }
        let isFull = pages.pointee * pageBytes >= bytesMax
        guard isFull || (pages.pointee - pagesAtLastAttempt) * pageBytes >= bytesBeforeCheckpoint else { return }
        let isComplete = try checkpoint()
        guard isFull, !isComplete else { return }
        throw StoreError(
            .busy,
            "SW0112: a reader of \(connection.path) holds a snapshot so old that the write-ahead log has reached its limit of "
                + "\(bytesMax >> 20) MiB. End that reader (a sqlite3 shell, a copy in progress); work goes on by itself."
        )
    }

    /// Moves what no reader needs into the data file; true when that was everything.
    private func checkpoint() throws(StoreError) -> Bool {
        var inLog: Int32 = 0
        var moved: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(connection.handle, "main", SQLITE_CHECKPOINT_PASSIVE, &inLog, &moved)
        pagesAtLastAttempt = pages.pointee
        guard code == SQLITE_OK else {
            let error = connection.error(code, whileDoing: "a checkpoint")
            // A full disk or a busy file only puts it off: the log holds everything.
            if error.isRetriable { return false }
            throw error
        }
        // Everything moved: the next commit starts the log over, unless a reader is still in it.
        return inLog == moved
    }
}
