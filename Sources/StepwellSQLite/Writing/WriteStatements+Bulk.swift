import StepwellCore
import StepwellModel
import StepwellStore

/// Work on many runs or events.
extension WriteStatements {
    func insert(_ row: BulkRow) throws(StoreError) {
        insertBulk.bind(1, utf8: row.id.textBytes)
        insertBulk.bind(2, Int64(row.action.rawValue))
        insertBulk.bind(3, Int64(row.state.rawValue))
        insertBulk.bind(4, row.filter.functions.map { Self.numbers($0.map(\.value)) })
        insertBulk.bind(5, row.filter.statuses.map { Self.numbers($0.map { Int64($0.rawValue) }) })
        insertBulk.bind(6, row.filter.queuedFrom)
        insertBulk.bind(7, row.filter.queuedUntil)
        insertBulk.bind(8, row.filter.condition)
        if let rate = row.rate { insertBulk.bind(9, rate) } else { insertBulk.bindNull(9) }
        insertBulk.bind(10, row.createdAt)
        insertBulk.bind(11, row.endedAt)
        insertBulk.bind(12, row.progress.first)
        insertBulk.bind(13, row.progress.cursor)
        insertBulk.bind(14, row.progress.last)
        insertBulk.bind(15, row.progress.found)
        insertBulk.bind(16, row.progress.done)
        insertBulk.bind(17, row.progress.refused)
        insertBulk.bind(18, row.filter.eventNames.flatMap { TextList.json($0.sorted()) })
        if let limit = row.limit { insertBulk.bind(19, limit) } else { insertBulk.bindNull(19) }
        insertBulk.bind(20, row.start?.step)
        insertBulk.bind(21, row.start?.input)
        insertBulk.bind(22, Int64(row.origin.rawValue))
        try insertBulk.run()
    }

    func updateBulk(
        _ id: ULID, _ state: BulkState, endedAt: Timestamp?, _ progress: BulkProgress
    ) throws(StoreError) {
        updateBulk.bind(1, utf8: id.textBytes)
        updateBulk.bind(2, Int64(state.rawValue))
        updateBulk.bind(3, endedAt)
        updateBulk.bind(4, progress.cursor)
        updateBulk.bind(5, progress.found)
        updateBulk.bind(6, progress.done)
        updateBulk.bind(7, progress.refused)
        try updateBulk.run()
    }

    func withdrawBulk(_ id: ULID) throws(StoreError) {
        withdrawBulk.bind(1, utf8: id.textBytes)
        try withdrawBulk.run()
    }

    func insert(_ row: AuditRow) throws(StoreError) {
        insertAudit.bind(1, utf8: row.id.textBytes)
        insertAudit.bind(2, row.recordedAt)
        insertAudit.bind(3, row.note.actor)
        insertAudit.bind(4, row.note.address)
        insertAudit.bind(5, row.note.verb)
        insertAudit.bind(6, row.note.target)
        insertAudit.bind(7, row.note.detail)
        insertAudit.bind(8, TextList.json(row.results.map(\.description)))
        try insertAudit.run()
    }

    func insert(_ row: ResendRow) throws(StoreError) {
        insertResend.bind(1, row.eventKey.value)
        insertResend.bind(2, utf8: row.originalID.textBytes)
        if let bulk = row.bulkID { insertResend.bind(3, utf8: bulk.textBytes) } else { insertResend.bindNull(3) }
        try insertResend.run()
    }

    /// A JSON array, so that people and SQL can read it.
    static func numbers(_ numbers: [Int64]) -> RawJSON {
        var writer = JSONWriter()
        writer.beginArray()
        for number in numbers.sorted() { writer.integer(number) }
        writer.endArray()
        return writer.json
    }
}
