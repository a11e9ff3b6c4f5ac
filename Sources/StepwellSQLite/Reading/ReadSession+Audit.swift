import StepwellCore
import StepwellModel
import StepwellStore

extension Columns {
    static let audit = "id, recorded_at, actor, address, verb, target, detail, results"
}

extension RowReader {
    func audit(_ row: Statement) throws(StoreError) -> AuditRow {
        var results: [ULID] = []
        for text in try texts(row, 7) {
            guard let id = text.flatMap({ ULID($0) }) else { throw damaged("a list of ids cannot be read") }
            results.append(id)
        }
        return AuditRow(
            id: try ulid(row, 0), recordedAt: row.time(1),
            note: AuditNote(
                actor: row.text(2), address: row.optionalText(3), verb: row.text(4), target: row.text(5),
                detail: row.optionalJSON(6)), results: results)
    }
}

/// The audit log, backwards by id.
extension ReadSession {
    func audits(_ query: AuditQuery) throws(StoreError) -> Page<AuditRow> {
        var builder = PageBuilder<AuditRow>(query.position)
        let statement = try statement(
            """
            SELECT \(Columns.audit) FROM audit_log
            WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR verb = ?2) AND recorded_at >= ?3 AND recorded_at < ?4
            ORDER BY id DESC
            """)
        statement.bind(1, query.position.cursor?.description)
        statement.bind(2, query.verb)
        statement.bind(3, query.recordedFrom ?? Timestamp(milliseconds: .min))
        statement.bind(4, query.recordedUntil ?? Timestamp(milliseconds: .max))
        defer { statement.reset() }
        while try statement.step() {
            guard !builder.isFull else {
                builder.noteMore()
                break
            }
            let row = try rows.audit(statement)
            builder.append(row, id: row.id, payloadBytes: row.note.detail?.count ?? 0)
        }
        return builder.page
    }
}
