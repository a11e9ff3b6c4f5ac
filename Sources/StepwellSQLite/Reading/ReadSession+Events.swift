import StepwellCore
import StepwellModel
import StepwellStore

/// Lists of events: backwards by key, or backwards in the index of one name.
extension ReadSession {
    func events(_ query: EventQuery) throws(StoreError) -> Page<EventRow> {
        var builder = PageBuilder<EventRow>(query.position)
        let range = try keyRange(in: .events, query.position, from: query.receivedFrom, until: query.receivedUntil)
        guard let range else { return builder.page }
        let statement = try statement(Self.sql(query))
        statement.bind(1, range.first)
        statement.bind(2, range.last)
        statement.bind(3, query.receivedFrom ?? Timestamp(milliseconds: .min))
        statement.bind(4, query.receivedUntil ?? Timestamp(milliseconds: .max))
        if let name = query.name { statement.bind(5, name) }
        defer { statement.reset() }
        while try statement.step() {
            guard !builder.isFull else {
                builder.noteMore()
                break
            }
            let event = try rows.event(statement)
            builder.append(event, id: event.id, payloadBytes: event.payload.count)
        }
        return builder.page
    }

    static func sql(_ query: EventQuery) -> String {
        let index = query.name == nil ? "" : "INDEXED BY events_name"
        let name = query.name == nil ? "" : "AND name = ?5"
        // The byte after the prefix's slash ends the range of names that begin with it.
        let visible = query.includesInternal ? "" : "AND NOT (name >= 'inngest/' AND name < 'inngest0')"
        return """
            SELECT \(Columns.event) FROM events \(index)
            WHERE key BETWEEN ?1 AND ?2 AND received_at >= ?3 AND received_at < ?4 \(name) \(visible)
            ORDER BY key DESC
            """
    }
}
