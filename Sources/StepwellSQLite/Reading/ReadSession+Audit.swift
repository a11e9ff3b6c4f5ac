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

/// The audit log, backwards by id. An id begins with the time at which its row was recorded, so that times bound ids.
extension ReadSession {
    func audits(_ query: AuditQuery) throws(StoreError) -> Page<AuditRow> {
        var builder = PageBuilder<AuditRow>(query.position)
        let statement = try statement(
            """
            SELECT \(Columns.audit) FROM audit_log
            WHERE id >= ?1 AND id < ?2\(query.verb == nil ? "" : " AND verb = ?3")
            ORDER BY id DESC
            """)
        let ends = [query.position.cursor, query.recordedUntil.map(Self.firstID)].compactMap(\.self)
        statement.bind(1, query.recordedFrom.map(Self.firstID)?.description ?? "")
        statement.bind(2, ends.min()?.description ?? Self.afterAllIDs)
        if let verb = query.verb { statement.bind(3, verb) }
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

    /// No id begins with a digit above 7.
    private static let afterAllIDs = "8"

    private static func firstID(at time: Timestamp) -> ULID {
        let milliseconds = min(max(time.milliseconds, 0), 1 << 47)
        return ULID(time: Timestamp(milliseconds: milliseconds), entropyHigh: 0, entropyLow: 0)
    }
}
