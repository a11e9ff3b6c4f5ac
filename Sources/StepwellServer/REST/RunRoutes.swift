import StepwellCore
import StepwellModel
import StepwellStore

/// Runs as the operator sees them.
extension RESTRoutes {
    /// `GET /api/runs`
    @Sendable func runs(_ exchange: Exchange) throws(Failure) -> HeldQuery {
        let query = try exchange.query(allowing: [
            "status", "function", "app", "event", "from", "until", "output", "cursor", "limit", "wait",
        ])
        let runs = RunQuery(
            event: try query.id("event"), functions: try query.list("function").map { Set($0) },
            app: try query.text("app"), statuses: try query.statuses("status"), queuedFrom: try query.time("from"),
            queuedUntil: try query.time("until"), includesOutput: try query.flag("output") ?? false,
            position: try query.position())
        return HeldQuery(wait: try query.span("wait", atMost: HeldQuery.waitMax)) { _ throws(Failure) in
            // Any run may be the next one on the page.
            HeldQuery.Subject.all
        } read: { (reader, _) throws(Failure) in
            let page = try Failure.reading { () throws(StoreError) in try reader.runs(runs) }
            return HeldQuery.View(
                json: RunJSON.page(page, includesOutput: runs.includesOutput), runs: Set(page.rows.map(\.run.key)))
        }
    }

    /// `GET /api/events/{id}/runs`
    @Sendable func eventRuns(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let query = try exchange.query(allowing: ["output", "cursor", "limit"])
        let event = try exchange.event(in: reader)
        let runs = RunQuery(
            event: event.id, includesOutput: try query.flag("output") ?? false, position: try query.position())
        let page = try Failure.reading { () throws(StoreError) in try reader.runs(runs) }
        return RunJSON.page(page, includesOutput: runs.includesOutput)
    }

    /// `GET /api/runs/{id}`
    @Sendable func run(_ exchange: Exchange) throws(Failure) -> HeldQuery {
        let query = try exchange.query(allowing: ["wait"])
        return HeldQuery(wait: try query.span("wait", atMost: HeldQuery.waitMax)) { (reader) throws(Failure) in
            .run(try exchange.run(in: reader).run.key)
        } read: { (reader, _) throws(Failure) in
            let record = try exchange.run(in: reader)
            return HeldQuery.View(json: try Self.detail(of: record, reader), runs: [record.run.key])
        }
    }

    /// A run changes between two queries; what is shown then is a little of both, and the next look is right.
    private static func detail(of record: RunRecord, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let key = record.run.key
        return try Failure.reading { () throws(StoreError) in
            RunJSON.detail(
                record, event: try record.eventID.flatMap { (id) throws(StoreError) in try reader.event(id) },
                eventIDs: try reader.eventIDs(of: key),
                steps: try reader.steps(of: key), attempts: try reader.attempts(of: key),
                pending: try reader.pendingActions(of: key), defers: try reader.defers(of: key),
                metadata: try reader.metadata(of: key))
        }
    }
}
