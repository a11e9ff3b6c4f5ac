import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellWire

/// `POST /e/KEY` and `POST /invoke/SLUG` (PROTOCOL §1).
///
/// All that depends on an event and the configuration is worked out here, on the connection's thread; the engine only
/// decides what the state decides.
struct EventRoutes: RouteGroup {
    let context: ServerContext
    let gate: EdgeGate
    let intakes: Intakes

    func register(in router: inout Router) {
        let bytesMax = context.configuration.eventBodyBytesMax
        router.on(.post, "/e/{key}", policy: .sdkEvent, bodyBytesMax: bytesMax) { receive($0) }
        router.on(.post, "/invoke/{slug}", policy: .sdkInvoke, bodyBytesMax: ReceivedEvent.bytesMax) { invoke($0) }
    }

    // MARK: - Events

    private func receive(_ exchange: Exchange) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        let seed = exchange.request.headers[Header.eventIDSeed].flatMap { EventSeed(header: $0) }
        let now = context.engine.now()
        let body = EventBody(
            exchange.request.body, contentType: exchange.request.headers["Content-Type"], receivedAt: now.wall
        ) { index in seed?.id(at: index) ?? context.ids.next(at: now.engine) }
        guard !body.events.isEmpty else { return answer(exchange, ids: [], error: body.error) }
        let configuration = context.engine.configuration
        let events = body.events.map { incoming($0, at: now, configuration) }
        let intake = intakes[exchange.responder.loop]
        let error = body.error
        post(events, isSeeded: seed != nil, configuration, bytes: exchange.request.body.count, to: intake) { reply in
            switch reply {
            case .accepted(let ids): answer(exchange, ids: ids, error: error)
            default: exchange.refuse(.stopping)
            }
        }
    }

    private func incoming(_ event: ReceivedEvent, at now: Moment, _ configuration: Configuration) -> IncomingEvent {
        IncomingEvent(
            id: event.internalID, name: event.name, senderDigest: event.senderID.map { Digest(eventID: $0) },
            timestamp: event.time, payload: event.json,
            starts: configuration.starts(for: EventView(name: event.name, payload: event.json), now: now.wall))
    }

    private func post(
        _ events: [IncomingEvent], isSeeded: Bool, _ configuration: Configuration, bytes: Int, to intake: Intake,
        reply: @escaping @Sendable (Reply) -> Void
    ) {
        // What an event costs beside its bytes, roughly.
        let cost = bytes + events.count * 256
        gate.enter(cost)
        intake.ask(
            bytes: cost,
            reply: { [gate] in
                gate.leave(cost)
                reply($0)
            }
        ) { token in
            .events(
                EventsRequest(
                    token: token, events: events, isSeeded: isSeeded, configurationVersion: configuration.version))
        }
    }

    /// `{"ids":[…],"status":200}`, or 400 with the ids of the events before the bad one.
    private func answer(_ exchange: Exchange, ids: [ULID], error: EventError?) {
        var writer = JSONWriter(capacity: 32 + ids.count * 29)
        writer.beginObject()
        if let error {
            writer.member("code", ErrorCode.bodyInvalid.rawValue)
            writer.member("error", error.description)
        }
        writer.key("ids")
        writer.beginArray()
        for id in ids { writer.string(id.description) }
        writer.endArray()
        writer.member("status", error == nil ? 200 : 400)
        writer.endObject()
        exchange.answer(error == nil ? 200 : 400, json: writer.json)
    }

    // MARK: - Invocation

    private func invoke(_ exchange: Exchange) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        let slug = exchange.parameters["slug"]
        let configuration = context.engine.configuration
        guard let function = configuration.function(named: slug) else { return exchange.refuse(.unknownFunction(slug)) }
        let now = context.engine.now()
        let event: ReceivedEvent
        do {
            event = try Invocation.event(
                exchange.request.body, of: slug, id: context.ids.next(at: now.engine), receivedAt: now.wall)
        } catch {
            return exchange.refuse(Failure(400, .bodyInvalid, error.description))
        }
        var incoming = incoming(event, at: now, configuration)
        let view = EventView(name: event.name, payload: event.json)
        incoming.starts = [configuration.start(of: function, for: view, now: now.wall)]
        incoming.invokedSlug = slug
        let intake = intakes[exchange.responder.loop]
        post([incoming], isSeeded: false, configuration, bytes: exchange.request.body.count, to: intake) { reply in
            switch reply {
            case .accepted: exchange.answer(200, json: Self.invoked(event.id))
            case .refused(.unknownFunction): exchange.refuse(.unknownFunction(slug))
            default: exchange.refuse(.stopping)
            }
        }
    }

    private static func invoked(_ id: String) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", id)
        writer.member("status", 200)
        writer.endObject()
        return writer.json
    }
}

extension Failure {
    static func unknownFunction(_ slug: String) -> Failure {
        Failure(
            404, .functionUnknown,
            "There is no function \(slug): name it as <app>-<function>, and register its app first.")
    }
}
