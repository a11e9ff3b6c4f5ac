import StepwellCore
import StepwellModel
import StepwellStore

extension Columns {
    static let resend = "event, original_id, bulk"
    static let bulk = """
        id, action, state, functions, statuses, queued_from, queued_until, condition, rate, created_at, ended_at, first_run,
        cursor_run, last_run, found, done, refused, events, bulk_limit, step, input, origin
        """
}

/// Work on many runs or events.
extension RowReader {
    func bulk(_ row: Statement) throws(StoreError) -> BulkRow {
        BulkRow(
            id: try ulid(row, 0), action: try value(row, 1), state: try value(row, 2),
            filter: BulkFilter(
                functions: try numbers(row, 3).map { Set($0.map { FunctionKey($0) }) }, statuses: try statuses(row, 4),
                eventNames: row.isNull(17) ? nil : Set(try texts(row, 17).compactMap { $0 }),
                queuedFrom: row.optionalTime(5), queuedUntil: row.optionalTime(6), condition: row.optionalText(7)),
            rate: row.isNull(8) ? nil : row.int(8), createdAt: row.time(9), endedAt: row.optionalTime(10),
            progress: BulkProgress(
                first: row.integer(11), cursor: row.integer(12), last: row.integer(13), found: row.int(14),
                done: row.int(15), refused: row.int(16)),
            limit: row.isNull(18) ? nil : row.int(18),
            start: row.optionalText(19).map { BulkStart(step: $0, input: row.optionalJSON(20)) },
            origin: try value(row, 21))
    }

    func resend(_ row: Statement) throws(StoreError) -> ResendRow {
        ResendRow(
            eventKey: EventKey(row.integer(0)), originalID: try ulid(row, 1),
            bulkID: row.isNull(2) ? nil : try ulid(row, 2))
    }

    private func statuses(_ row: Statement, _ column: Int32) throws(StoreError) -> Set<RunStatus>? {
        guard let numbers = try numbers(row, column) else { return nil }
        let statuses = numbers.compactMap { UInt8(exactly: $0).flatMap { RunStatus(rawValue: $0) } }
        guard statuses.count == numbers.count else { throw damaged("a list of statuses cannot be read") }
        return Set(statuses)
    }

    /// A JSON array of numbers; nil for NULL.
    func numbers(_ row: Statement, _ column: Int32) throws(StoreError) -> [Int64]? {
        guard let json = row.optionalJSON(column) else { return nil }
        let numbers = (json.elements ?? []).compactMap(\.integer)
        guard let count = json.elements?.count, count == numbers.count else {
            throw damaged("a list of numbers cannot be read")
        }
        return numbers
    }
}
