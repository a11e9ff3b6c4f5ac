import CSQLite
import Glibc
import StepwellStore

/// The library's extended result code, and what it means to the engine.
struct ResultCode {
    let value: Int32

    init(_ value: Int32) { self.value = value }

    /// The lowest byte says what failed; the others say where.
    private var primary: Int32 { value & 0xFF }

    func storeError(_ connection: OpaquePointer, path: String, whileDoing what: String) -> StoreError {
        let systemError = sqlite3_system_errno(connection)
        let detail =
            "\(String(cString: sqlite3_errmsg(connection))) (code \(value)\(Self.named(systemError))), while doing: \(what)"
        switch primary {
        case SQLITE_FULL: return .full(path, detail)
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT: return .full(path, detail)
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy(path, detail)
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: return .readOnly(path, detail)
        case SQLITE_NOTADB: return .foreign(path, detail)
        case SQLITE_CORRUPT: return .damaged(path, detail)
        case SQLITE_IOERR: return .inputOutput(path, detail)
        case SQLITE_INTERRUPT: return .tooSlow(detail)
        case SQLITE_CONSTRAINT: return .refused(detail)
        default:
            return StoreError(
                .other,
                "SW0119: SQLite could not go on with \(path): \(detail). Start again; if it happens once more, report it."
            )
        }
    }

    private static func named(_ systemError: Int32) -> String {
        guard systemError != 0, let text = strerror(systemError) else { return "" }
        return ", \(String(cString: text))"
    }
}

extension StoreError {
    static func full(_ path: String, _ detail: String) -> StoreError {
        StoreError(
            .full,
            "SW0101: no space is left for \(path): \(detail). Nothing acknowledged is lost; work goes on by itself when space is free."
        )
    }

    static func busy(_ path: String, _ detail: String) -> StoreError {
        StoreError(
            .busy,
            "SW0102: another program holds \(path) for writing: \(detail). End it; work goes on by itself. Read with `sqlite3 -readonly`."
        )
    }

    static func readOnly(_ path: String, _ detail: String) -> StoreError {
        StoreError(
            .readOnly,
            "SW0103: \(path) cannot be opened for writing: \(detail). Give this user write permission on the file and on its directory."
        )
    }

    static func foreign(_ path: String, _ detail: String) -> StoreError {
        StoreError(.corrupt, "SW0106: \(path) is not a Stepwell database: \(detail). Name another file with --data.")
    }

    static func damaged(_ path: String, _ detail: String) -> StoreError {
        StoreError(
            .corrupt,
            "SW0107: \(path) is damaged: \(detail). Copy the file and its -wal file away before anything else, then restore a backup."
        )
    }

    static func inputOutput(_ path: String, _ detail: String) -> StoreError {
        StoreError(
            .inputOutput,
            "SW0108: reading or writing \(path) failed: \(detail). Look for errors of the disk in the system's log, then start again: "
                + "what was acknowledged is read from disk.")
    }

    static func tooSlow(_ detail: String) -> StoreError {
        StoreError(
            .tooSlow,
            "SW0113: the query took longer than it may: \(detail). Ask for less: a shorter time, fewer filters, a smaller page."
        )
    }
}
