import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellStore

/// What SDKs ask: names and envelopes are those that are published (PROTOCOL §7.1).
///
/// Unknown query parameters are passed over here, since clients of other versions send what this one does not know.
extension RESTRoutes {
    /// `GET /v1/events`
    @Sendable func v1Events(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let known = ["limit", "cursor", "name", "received_after", "received_before"]
        let query = try exchange.query(knowing: known)
        let limit = try query.integer("limit", in: .min ... .max) ?? 20
        let events = EventQuery(
            name: try query.text("name"), receivedFrom: try query.time("received_after"),
            receivedUntil: try query.time("received_before"),
            position: PagePosition(cursor: try query.id("cursor"), limit: min(max(limit, 1), 51)))
        let page = try Failure.reading { () throws(StoreError) in try reader.events(events) }
        return V1JSON.envelope { writer in
            writer.beginArray()
            for event in page.rows { V1JSON.write(event, to: &writer) }
            writer.endArray()
        }
    }

    /// `GET /v1/events/{id}`
    @Sendable func v1Event(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let event = try exchange.event(in: reader)
        return V1JSON.envelope { V1JSON.write(event, to: &$0) }
    }

    /// `GET /v1/events/{id}/runs`
    @Sendable func v1EventRuns(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let event = try exchange.event(in: reader)
        let query = RunQuery(event: event.id, includesOutput: true, position: PagePosition(limit: 1_000))
        let page = try Failure.reading { () throws(StoreError) in try reader.runs(query) }
        let configuration = context.engine.configuration
        return V1JSON.envelope { writer in
            writer.beginArray()
            for run in page.rows { V1JSON.write(run, configuration, to: &writer) }
            writer.endArray()
        }
    }

    /// `GET /v1/runs/{id}`
    @Sendable func v1Run(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let run = try exchange.run(in: reader)
        let configuration = context.engine.configuration
        return V1JSON.envelope { V1JSON.write(run, configuration, to: &$0) }
    }
}

/// Events and runs as SDKs read them.
enum V1JSON {
    /// The one account and the one environment that there are.
    private static let accountID = "00000000-0000-4000-a000-000000000000"
    static let environmentID = "00000000-0000-4000-b000-000000000000"

    static func envelope(_ data: (inout JSONWriter) -> Void) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("data")
        data(&writer)
        writer.key("metadata")
        writer.beginObject()
        writer.member("fetched_at", DateText.format(SystemClock.wall()))
        writer.member(nullable: "cached_until", nil)
        writer.endObject()
        writer.endObject()
        return writer.json
    }

    static func write(_ event: EventRow, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("internal_id", event.id.description)
        writer.member("account_id", accountID)
        writer.member("environment_id", environmentID)
        writer.member("source", "")
        writer.member(nullable: "source_id", nil)
        writer.member("received_at", DateText.format(event.receivedAt))
        writer.member("id", event.payload["id"]?.raw ?? RawJSON("\"\""))
        writer.member("name", event.name)
        writer.member("data", event.payload["data"]?.raw ?? .emptyObject)
        writer.member(optional: "user", event.payload["user"]?.raw)
        writer.member("ts", event.payload["ts"]?.raw ?? RawJSON("0"))
        writer.member(optional: "v", event.payload["v"]?.raw)
        writer.endObject()
    }

    static func write(_ record: RunRecord, _ configuration: Configuration, to writer: inout JSONWriter) {
        let run = record.run
        writer.beginObject()
        writer.member("run_id", run.id.description)
        writer.member("run_started_at", DateText.format(run.startedAt ?? run.queuedAt))
        writer.member("function_id", configuration.functions[run.functionKey]?.blueprint.id.description ?? "")
        writer.member("function_version", run.functionVersion)
        writer.member("environment_id", environmentID)
        writer.member(nullable: "event_id", record.eventID?.description)
        writer.member(optional: "original_run_id", (record.rerun?.originalID).map(\.description))
        writer.member("status", status(run.status))
        writer.member(nullable: "ended_at", run.endedAt.map(DateText.format))
        writer.member(optional: "output", run.output)
        writer.endObject()
    }

    /// The published set has no word for a run that waits for its first call.
    private static func status(_ status: RunStatus) -> String {
        switch status {
        case .queued, .running: "Running"
        case .completed: "Completed"
        case .failed: "Failed"
        case .cancelled: "Cancelled"
        case .skipped: "Skipped"
        }
    }
}
