import CSQLite
import StepwellModel
import StepwellStore

/// A prepared statement: bind by position from 1, step, read columns by position from 0, reset.
final class Statement {
    private let handle: OpaquePointer
    private let connection: Connection
    /// What the first binding that failed answered; reported by the next step.
    private var bindingCode = SQLITE_OK

    init(_ handle: OpaquePointer, of connection: Connection) {
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    /// Goes to the next row; false when there is none, and then the statement is ready for its next use.
    func step() throws(StoreError) -> Bool {
        let code = bindingCode == SQLITE_OK ? sqlite3_step(handle) : bindingCode
        if code == SQLITE_ROW { return true }
        // The message belongs to the connection and is overwritten by the reset.
        let error = code == SQLITE_DONE ? nil : connection.error(code, whileDoing: sql)
        reset()
        if let error { throw error }
        return false
    }

    /// Runs a statement that returns no rows.
    func run() throws(StoreError) {
        while try step() {}
    }

    /// Ends reading before the last row, so that no snapshot stays open.
    func reset() {
        bindingCode = SQLITE_OK
        sqlite3_reset(handle)
    }

    private var sql: String { sqlite3_sql(handle).map { String(cString: $0) } ?? "a statement" }

    private func note(_ code: Int32) {
        if code != SQLITE_OK, bindingCode == SQLITE_OK { bindingCode = code }
    }
}

/// Binding.
extension Statement {
    func bind(_ index: Int32, _ value: Int64) { note(sqlite3_bind_int64(handle, index, value)) }
    func bind(_ index: Int32, _ value: Int) { bind(index, Int64(value)) }
    func bind(_ index: Int32, bits value: UInt64) { bind(index, Int64(bitPattern: value)) }
    func bind(_ index: Int32, _ value: Bool) { bind(index, value ? 1 as Int64 : 0) }
    func bind(_ index: Int32, _ time: Timestamp) { bind(index, time.milliseconds) }
    func bindNull(_ index: Int32) { note(sqlite3_bind_null(handle, index)) }

    func bind(_ index: Int32, _ time: Timestamp?) {
        if let time { bind(index, time.milliseconds) } else { bindNull(index) }
    }

    func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bind(index, utf8: $0) }
    }

    func bind(_ index: Int32, _ text: String?) {
        if let text { bind(index, text) } else { bindNull(index) }
    }

    func bind(_ index: Int32, utf8 bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { bind(index, utf8: $0) }
    }

    func bind(_ index: Int32, _ json: RawJSON) { bind(index, utf8: json.bytes) }

    func bind(_ index: Int32, _ json: RawJSON?) {
        if let json { bind(index, json) } else { bindNull(index) }
    }

    private func bind(_ index: Int32, utf8 bytes: UnsafeBufferPointer<UInt8>) {
        // A nil address would bind NULL, not the empty text.
        guard let base = bytes.baseAddress else { return note(csqlite_bind_text(handle, index, "", 0)) }
        base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { address in
            note(csqlite_bind_text(handle, index, address, UInt64(bytes.count)))
        }
    }
}

/// Columns of the current row.
extension Statement {
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }
    func bits(_ column: Int32) -> UInt64 { UInt64(bitPattern: sqlite3_column_int64(handle, column)) }
    func flag(_ column: Int32) -> Bool { sqlite3_column_int64(handle, column) != 0 }
    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }
    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    func isInteger(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_INTEGER }

    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

    func utf8(_ column: Int32) -> [UInt8] {
        // The text first: the count is that of the form that was asked for last.
        guard let text = sqlite3_column_text(handle, column) else { return [] }
        return Array(UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func text(_ column: Int32) -> String {
        guard let text = sqlite3_column_text(handle, column) else { return "" }
        let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(handle, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
    func json(_ column: Int32) -> RawJSON { RawJSON(validated: utf8(column)) }
    func optionalJSON(_ column: Int32) -> RawJSON? { isNull(column) ? nil : json(column) }
}
