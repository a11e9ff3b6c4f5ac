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
            let event = try Self.invocation(exchange, of: function, id: context.ids.next(at: now.engine), at: now)
            var incoming = IncomingEvent(
                event, starting: [function.start(for: EventView(name: event.name, payload: event.json), now: now.wall)])
            incoming.invokedSlug = function.slug
            send(incoming, for: exchange) { (reader) throws(Failure) in
                let run = try Self.runs(of: event.internalID, reader).first
                return SentJSON.invoked(event.internalID, run: run)
            }
        } catch {
            exchange.refuse(error)
        }
    }

    private static func invocation(
        _ exchange: Exchange, of function: FunctionPlan, id: ULID, at now: Moment
    ) throws(Failure) -> ReceivedEvent {
        do throws(EventError) {
            return try Invocation.event(exchange.request.body, of: function.slug, id: id, receivedAt: now.wall)
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
                send(incoming, for: exchange) { (reader) throws(Failure) in
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

    /// Hands an event to the engine and, once it is durable with all that it starts, answers with what `body` finds.
    private func send(
        _ event: IncomingEvent, for exchange: Exchange,
        answering body: @escaping @Sendable (any StoreReader) throws(Failure) -> RawJSON
    ) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        let version = context.engine.configuration.version
        _ = context.engine.ask(
            bytes: event.payload.count,
            reply: { reply in
                switch reply {
                case .accepted: answer(exchange) { (_, reader) throws(Failure) in try body(reader) }
                case .refused(.unknownFunction(let slug)): exchange.refuse(.unknownFunction(slug))
                default: exchange.refuse(.stopping)
                }
            }
        ) {
            .events(EventsRequest(token: $0, events: [event], isSeeded: false, configurationVersion: version))
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
