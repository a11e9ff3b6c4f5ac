/// What SQLite refused.
struct SQLiteError: Error, CustomStringConvertible {
    let code: Int32
    let message: String
    let statement: String

    var description: String { "SQLite error \(code): \(message), in: \(statement)" }
}
