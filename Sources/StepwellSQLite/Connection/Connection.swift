import CSQLite
import CWriteAhead
import StepwellStore

/// One connection to a database file. Used by one thread at a time: the library's own locks are off.
final class Connection {
    let handle: OpaquePointer
    let path: String

    enum Access {
        case writing
        case reading
    }

    /// Once in the life of the process.
    private static let configureLibrary: Void = csqlite_stop_counting_memory()

    /// Opens the file, which exists.
    ///
    /// - Parameters:
    ///   - vfs: The name of the library's file layer; nil is the operating system.
    ///   - gathersLog: Writes what a commit appends to the log at once, when it is synced. Only for a connection that syncs every
    ///     commit.
    init(path: String, access: Access, vfs: String?, gathersLog: Bool = false) throws(StoreError) {
        self.path = path
        Self.configureLibrary
        let flags =
            SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
            | (access == .writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY)
        let layer = gathersLog ? try Self.gatheringLayer(over: vfs, path) : vfs
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags, layer)
        guard let opened else {
            throw StoreError(.other, "SW0119: there is no memory to open \(path).")
        }
        guard code == SQLITE_OK else {
            let error = ResultCode(code).storeError(opened, path: path, whileDoing: "opening it")
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        // A damaged or hostile file must not run functions of ours through its views and triggers, nor may SQL of ours
        // write to the library's own tables.
        _ = csqlite_set_flag(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = csqlite_set_flag(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    }

    /// Without a name SQLite would open the file by the operating system's layer, and say nothing.
    private static func gatheringLayer(over vfs: String?, _ path: String) throws(StoreError) -> String {
        if let name = cwriteahead_over(vfs) { return String(cString: name) }
        throw StoreError(
            .other,
            "SW0119: \(path) cannot be opened: there is no file layer \(vfs ?? "of the operating system"), or no memory for one over it. "
                + "Start again; if it happens once more, report it.")
    }

    deinit { sqlite3_close_v2(handle) }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    var lastInsertedKey: Int64 { sqlite3_last_insert_rowid(handle) }

    /// How many rows the last statement changed.
    var changes: Int64 { sqlite3_changes64(handle) }

    /// Whether the file could be opened for reading only, whatever was asked.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Runs statements that return nothing.
    func execute(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, whileDoing: sql) }
    }

    func prepare(_ sql: String) throws(StoreError) -> Statement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code, whileDoing: sql) }
        return Statement(statement, of: self)
    }

    /// The single integer that `sql` answers with; 0 when there is no row.
    func integer(_ sql: String) throws(StoreError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : 0
    }

    func error(_ code: Int32, whileDoing what: String) -> StoreError {
        ResultCode(code).storeError(handle, path: path, whileDoing: what)
    }
}
