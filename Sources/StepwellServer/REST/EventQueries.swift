import StepwellCore
import StepwellModel
import StepwellStore

/// Events as the operator sees them.
extension RESTRoutes {
    /// `GET /api/events`
    @Sendable func events(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let query = try exchange.query(allowing: ["name", "internal", "from", "until", "cursor", "limit"])
        let events = EventQuery(
            name: try query.text("name"), includesInternal: try query.flag("internal") ?? true,
            receivedFrom: try query.time("from"), receivedUntil: try query.time("until"),
            position: try query.position())
        return EventJSON.page(try Failure.reading { () throws(StoreError) in try reader.events(events) })
    }

    /// `GET /api/events/{id}`
    @Sendable func event(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        _ = try exchange.query(allowing: [])
        let event = try exchange.event(in: reader)
        let resend = try Failure.reading { () throws(StoreError) in try reader.resend(of: event.id) }
        let dropped = try Failure.reading { () throws(StoreError) in try reader.droppedStarts(of: event.key) }
        return EventJSON.detail(event, resend, dropped)
    }
}

/// Events as the operator's API writes them.
enum EventJSON {
    static func page(_ page: Page<EventRow>) -> RawJSON {
        page.json { write($0, to: &$1) }
    }

    /// An event with what it repeats, and what it has not started.
    static func detail(_ event: EventRow, _ resend: ResendRow?, _ dropped: [DroppedStart]) -> RawJSON {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writeMembers(of: event, to: &writer)
        writer.member(nullable: "original_event_id", (resend?.originalID).map(\.description))
        writer.member(nullable: "bulk_id", (resend?.bulkID).map(\.description))
        writer.key("dropped")
        writer.beginArray()
        for start in dropped {
            writer.beginObject()
            writer.member("function", start.functionSlug)
            writer.member("reason", start.reason.name)
            writer.member(nullable: "run_id", start.runID?.description)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.json
    }

    static func write(_ event: EventRow, to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(of: event, to: &writer)
        writer.endObject()
    }

    /// The payload as it is stored, with the sender's own `id` and `ts` inside.
    private static func writeMembers(of event: EventRow, to writer: inout JSONWriter) {
        writer.member("id", event.id.description)
        writer.member("name", event.name)
        writer.member("received_at", DateText.format(event.receivedAt))
        writer.member("payload", event.payload)
    }
}

extension DropReason {
    /// As the API spells it.
    fileprivate var name: String {
        switch self {
        case .rateLimit: "rate_limit"
        case .replaced: "debounce_replaced"
        case .outdated: "debounce_outdated"
        case .repeatedID: "repeated_id"
        }
    }
}
