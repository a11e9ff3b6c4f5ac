import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore

/// Events that an operator sends: to run one function, or to have an event once more.
extension RESTRoutes {
    // MARK: - Invocation

    /// `POST /api/functions/{slug}/invoke`
    ///
    /// The body is that of the invocation by URL; the answer names the run, too.
    func invoke(_ exchange: Exchange) {
        do throws(Failure) {
            _ = try exchange.query(allowing: [])
            let named = exchange.parameters["slug"]
            guard let function = context.engine.configuration.function(named: named) else {
                return refuseInvocation(exchange, of: named)
            }
            let now = context.engine.now()
            let event = try invocation(exchange.request.body, of: function, at: now)
            send([event], for: exchange, exchange.audit("function.invoke", function.slug)) { (reader) throws(Failure) in
                let run = try Self.runs(of: event.id, reader).first
                return SentJSON.invoked(event.id, run: run)
            }
        } catch {
            exchange.refuse(error)
        }
    }

    /// How many functions one request invokes: they are taken in in one commit, while all else waits.
    private static let invokedMax = 1_000
    /// How large the data is that they get together, since each event holds a copy.
    private static let invokedBytesMax = 16 << 20

    /// `POST /api/functions/invoke`: all that are named, or none of them, each with an event of its own.
    func invokeMany(_ exchange: Exchange) {
        context.read { reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                let body = try exchange.body(allowing: ["function", "app", "data", "user", "dry_run"])
                let chosen = try FunctionChoice(body, try Catalog(reader), includesArchived: false).functions
                if try body.flag("dry_run") ?? false {
                    return exchange.answer(200, json: BulkJSON.count(chosen.count, isComplete: true))
                }
                let event = body.members(["data", "user"])
                try Self.checkInvocations(of: chosen.count, bytes: event.bytes.count)
                let now = context.engine.now()
                var invocations: [(slug: String, event: IncomingEvent)] = []
                for row in chosen {
                    guard let function = context.engine.configuration.function(named: row.slug) else {
                        throw .archivedFunction(row.slug)
                    }
                    invocations.append((row.slug, try invocation(event.bytes, of: function, at: now)))
                }
                let note = exchange.audit("function.invoke", "", AuditJSON.functions(chosen))
                let all = invocations
                send(all.map(\.event), for: exchange, note) { (reader) throws(Failure) in
                    try SentJSON.invoked(all.map { ($0.slug, $0.event.id) }) { (event) throws(Failure) in
                        try Self.runs(of: event, reader).first
                    }
                }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    private static func checkInvocations(of count: Int, bytes: Int) throws(Failure) {
        guard count <= invokedMax else {
            throw BodyReader.refuse(
                "one request invokes at most \(invokedMax) functions, not \(count): name fewer in each")
        }
        guard count * bytes <= invokedBytesMax else {
            throw Failure(
                413, .bodyTooLarge,
                "Each of the \(count) functions gets an event of its own with \(bytes) bytes of data and user; together they may "
                    + "have \(invokedBytesMax). Name fewer functions in each request, or send less data.")
        }
    }

    private func invocation(
        _ body: [UInt8], of function: FunctionPlan, at now: Moment
    ) throws(Failure) -> IncomingEvent {
        do throws(EventError) {
            let event = try Invocation.event(
                body, of: function.slug, id: context.ids.next(at: now.engine), receivedAt: now.wall)
            let view = EventView(name: event.name, payload: event.json)
            var incoming = IncomingEvent(event, starting: [function.start(for: view, now: now.wall)])
            incoming.invokedSlug = function.slug
            return incoming
        } catch {
            throw Failure(400, .bodyInvalid, error.description)
        }
    }

    /// There is no such function, or none that begins runs.
    private func refuseInvocation(_ exchange: Exchange, of named: String) {
        answer(exchange) { (_, reader) throws(Failure) in
            throw .archivedFunction(try Catalog(reader).function(named: named).slug)
        }
    }

    // MARK: - Once more

    /// `POST /api/events/{id}/resend`
    ///
    /// The new event has the name, data, user and version of the old one; its id and time are its own, so nobody takes it for
    /// a repetition.
    func resend(_ exchange: Exchange) {
        context.read { reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                _ = try exchange.body(allowing: [])
                let old = try exchange.event(in: reader)
                let now = context.engine.now()
                let event = try Self.copy(of: old, id: context.ids.next(at: now.engine), at: now)
                let view = EventView(name: event.name, payload: event.json)
                let starts = context.engine.configuration.starts(for: view, now: now.wall)
                var incoming = IncomingEvent(event, starting: starts)
                incoming.resent = IncomingEvent.Resent(originalID: old.id)
                send([incoming], for: exchange, exchange.audit("event.resend", old.id.description)) {
                    (reader) throws(Failure) in
                    SentJSON.resent(event.internalID, of: old.id, runs: try Self.runs(of: event.internalID, reader))
                }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    private static func copy(of old: EventRow, id: ULID, at now: Moment) throws(Failure) -> ReceivedEvent {
        guard !ReceivedEvent.isReserved(old.name) else {
            throw Failure(
                409, .eventReserved,
                "The event \(old.id) (\(old.name)) is the server's own. Run what it belongs to again instead: POST /api/runs/{id}/rerun."
            )
        }
        do throws(EventError) {
            return try ReceivedEvent(repeating: old.payload, id: id, receivedAt: now.wall)
        } catch {
            throw Failure(409, .bodyInvalid, "The event \(old.id) cannot be sent again: \(error.description)")
        }
    }

    // MARK: - Sending

    /// Hands events to the engine and, once they are durable with all that they start, answers with what `body` finds.
    private func send(
        _ events: [IncomingEvent], for exchange: Exchange, _ note: AuditNote,
        answering body: @escaping @Sendable (any StoreReader) throws(Failure) -> RawJSON
    ) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        let version = context.engine.configuration.version
        _ = context.engine.ask(
            bytes: events.reduce(0) { $0 + $1.payload.count },
            reply: { reply in
                switch reply {
                case .accepted: answer(exchange) { (_, reader) throws(Failure) in try body(reader) }
                case .refused(.unknownFunction(let slug)): exchange.refuse(.unknownFunction(slug))
                default: exchange.refuse(.stopping)
                }
            }
        ) {
            .audited(
                note, $0,
                .events(EventsRequest(token: $0, events: events, isSeeded: false, configurationVersion: version)))
        }
    }

    private static func runs(of event: ULID, _ reader: any StoreReader) throws(Failure) -> [ULID] {
        try Failure.reading { () throws(StoreError) in
            let query = RunQuery(event: event, position: PagePosition(limit: 100))
            return try reader.runs(query).rows.map(\.run.id)
        }
    }
}

extension IncomingEvent {
    /// An event that nobody can take for a repetition.
    fileprivate init(_ event: ReceivedEvent, starting starts: [Start]) {
        self.init(
            id: event.internalID, name: event.name, senderDigest: nil, timestamp: event.time, payload: event.json,
            starts: starts)
    }
}

/// What became of an event that an operator sent, as the operator's API writes it.
private enum SentJSON {
    static func invoked(_ event: ULID, run: ULID?) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("event_id", event.description)
        writer.member(nullable: "run_id", run?.description)
        writer.endObject()
        return writer.json
    }

    static func invoked(
        _ invocations: [(slug: String, event: ULID)], run: (ULID) throws(Failure) -> ULID?
    ) throws(Failure) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for invocation in invocations {
            writer.beginObject()
            writer.member("function", invocation.slug)
            writer.member("event_id", invocation.event.description)
            writer.member(nullable: "run_id", try run(invocation.event)?.description)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.json
    }

    static func resent(_ event: ULID, of old: ULID, runs: [ULID]) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("event_id", event.description)
        writer.member("original_event_id", old.description)
        writer.key("run_ids")
        writer.beginArray()
        for run in runs { writer.string(run.description) }
        writer.endArray()
        writer.endObject()
        return writer.json
    }
}
