import StepwellModel
import StepwellStore

/// A payload as a column holds it.
enum StoredPayload {
    case none
    /// In the column itself, as text.
    case inline(RawJSON)
    /// In the payload table; the column holds the integer key.
    case apart(Int64)
}

/// Payloads over 64 KB live in a table of their own, so that a row stays small enough to be read past.
final class PayloadTable {
    static let inlineBytesMax = 65_536

    private let connection: Connection
    private let insert: Statement
    private let select: Statement

    init(_ connection: Connection) throws(StoreError) {
        self.connection = connection
        insert = try connection.prepare("INSERT INTO payloads (body) VALUES (?)")
        select = try connection.prepare("SELECT body FROM payloads WHERE key = ?")
    }

    /// Writes the payload when it is a large one.
    func store(_ payload: RawJSON?) throws(StoreError) -> StoredPayload {
        guard let payload else { return .none }
        guard payload.count > Self.inlineBytesMax else { return .inline(payload) }
        insert.bind(1, payload)
        try insert.run()
        return .apart(connection.lastInsertedKey)
    }

    /// The payload of a column of the current row of `statement`; nil for NULL.
    func payload(_ statement: Statement, _ column: Int32) throws(StoreError) -> RawJSON? {
        guard statement.isInteger(column) else { return statement.optionalJSON(column) }
        select.bind(1, statement.integer(column))
        guard try select.step() else {
            throw .damaged(connection.path, "payload \(statement.integer(column)) is missing")
        }
        defer { select.reset() }
        return select.json(0)
    }

    /// The payload of a column that is never NULL.
    func requiredPayload(_ statement: Statement, _ column: Int32) throws(StoreError) -> RawJSON {
        guard let payload = try payload(statement, column) else {
            throw .damaged(connection.path, "a payload is missing")
        }
        return payload
    }
}

extension Statement {
    func bind(_ index: Int32, _ payload: StoredPayload) {
        switch payload {
        case .none: bindNull(index)
        case .inline(let json): bind(index, json)
        case .apart(let key): bind(index, key)
        }
    }
}
