import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore

/// The operator's API below `/api`, and what SDKs ask below `/v0` and `/v1`.
///
/// Everything below `/api` is described by the OpenAPI document that the server hands out at `/api/openapi.json`; a test
/// keeps the two in step. Lists are newest first and read by cursor.
struct RESTRoutes: RouteGroup {
    let context: ServerContext
    let startedAt: Timestamp

    init(context: ServerContext) {
        self.context = context
        startedAt = SystemClock.wall()
    }

    func register(in router: inout Router) {
        router.on(.get, "/api/openapi.json", policy: .open) {
            $0.answer(200, contentType: "application/json", body: OpenAPIDocument.bytes)
        }
        registerOperator(in: &router)
        registerSDK(in: &router)
        registerSignals(in: &router)
        registerMetadata(in: &router)
    }

    private func registerOperator(in router: inout Router) {
        router.on(.get, "/api/server", policy: .operator) { answer($0, serverInfo) }
        router.on(.get, "/api/events", policy: .operator) { answer($0, events) }
        router.on(.get, "/api/events/{id}", policy: .operator) { answer($0, event) }
        router.on(.get, "/api/events/{id}/runs", policy: .operator) { answer($0, eventRuns) }
        router.on(.post, "/api/events/{id}/resend", policy: .operator) { resend($0) }
        router.on(.get, "/api/runs", policy: .operator) { answerHeld($0, runs) }
        router.on(.get, "/api/runs/{id}", policy: .operator) { answerHeld($0, run) }
        router.on(.get, "/api/runs/{id}/why", policy: .operator) { why($0) }
        router.on(.post, "/api/runs/{id}/cancel", policy: .operator) { exchange in
            cancel(exchange) { id in exchange.answer(200, json: CatalogJSON.cancelled(id)) }
        }
        router.on(.post, "/api/runs/{id}/rerun", policy: .operator, bodyBytesMax: ReceivedEvent.bytesMax) { rerun($0) }
        router.on(.get, "/api/functions", policy: .operator) { answer($0, functions) }
        router.on(.get, "/api/functions/{slug}", policy: .operator) { answer($0, function) }
        router.on(.post, "/api/functions/{slug}/invoke", policy: .operator, bodyBytesMax: ReceivedEvent.bytesMax) {
            invoke($0)
        }
        router.on(.post, "/api/functions/{slug}/pause", policy: .operator) { change($0, to: .paused) }
        router.on(.post, "/api/functions/{slug}/resume", policy: .operator) { change($0, to: .active) }
        router.on(.post, "/api/functions/{slug}/drain", policy: .operator) { change($0, to: .drained) }
        router.on(.post, "/api/functions/invoke", policy: .operator, bodyBytesMax: ReceivedEvent.bytesMax) {
            invokeMany($0)
        }
        router.on(.post, "/api/functions/pause", policy: .operator) { changeMany($0, to: .paused) }
        router.on(.post, "/api/functions/resume", policy: .operator) { changeMany($0, to: .active) }
        router.on(.post, "/api/functions/drain", policy: .operator) { changeMany($0, to: .drained) }
        router.on(.post, "/api/bulk", policy: .operator) { beginBulk($0) }
        router.on(.get, "/api/bulk", policy: .operator) { answer($0, bulks) }
        router.on(.get, "/api/bulk/{id}", policy: .operator) { answer($0, bulk) }
        router.on(.post, "/api/bulk/{id}/stop", policy: .operator) { stopBulk($0) }
        router.on(.get, "/api/audit", policy: .operator) { answer($0, audits) }
        router.on(.get, "/api/apps", policy: .operator) { answer($0, apps) }
        router.on(.get, "/api/apps/{name}", policy: .operator) { answer($0, app) }
    }

    private func registerSDK(in router: inout Router) {
        router.on(.get, "/v1/events", policy: .sdkRead) { answer($0, v1Events) }
        router.on(.get, "/v1/events/{id}", policy: .sdkRead) { answer($0, v1Event) }
        router.on(.get, "/v1/events/{id}/runs", policy: .sdkRead) { answer($0, v1EventRuns) }
        router.on(.get, "/v1/runs/{id}", policy: .sdkRead) { answer($0, v1Run) }
        router.on(.delete, "/v1/runs/{id}", policy: .sdkSigned) { exchange in
            cancel(exchange) { _ in exchange.answer(200) }
        }
        router.on(.get, "/v1/cancellations", policy: .sdkRead) { answer($0, cancellations) }
        router.on(.post, "/v1/cancellations", policy: .sdkSigned) { createCancellation($0) }
        router.on(.delete, "/v1/cancellations/{id}", policy: .sdkSigned) { deleteCancellation($0) }
        router.on(.delete, "/v0/runs/{id}", policy: .sdkSigned) { exchange in
            cancel(exchange) { _ in exchange.answer(204) }
        }
    }

    // MARK: - Answering

    /// What a route makes of a request, on a thread that may block.
    typealias Query = @Sendable (Exchange, any StoreReader) throws(Failure) -> RawJSON

    func answer(_ exchange: Exchange, _ query: @escaping Query) {
        context.read { reader in
            do throws(Failure) {
                exchange.answer(200, json: try query(exchange, reader))
            } catch {
                exchange.refuse(error)
            }
        }
    }

    /// As ``answer(_:_:)``, for what changes while someone watches: `wait` holds the answer back until there is something
    /// new.
    private func answerHeld(_ exchange: Exchange, _ query: @escaping @Sendable (Exchange) throws(Failure) -> HeldQuery)
    {
        do throws(Failure) {
            HeldAnswer(exchange, context, try query(exchange)).begin()
        } catch {
            exchange.refuse(error)
        }
    }

    /// Ends a run, and calls `answer` once that is durable.
    private func cancel(_ exchange: Exchange, _ answer: @escaping @Sendable (ULID) -> Void) {
        context.read { [engine = context.engine] reader in
            do throws(Failure) {
                let record = try exchange.run(in: reader)
                let id = record.run.id
                _ = engine.ask(reply: { reply in
                    switch reply {
                    case .cancelled: answer(id)
                    case .refused(.stopped): exchange.refuse(.stopping)
                    default:
                        exchange.refuse(
                            Failure(409, .runGone, "The run \(id) has ended, so there is nothing left to cancel."))
                    }
                }) { .audited(exchange.audit("run.cancel", id.description), $0, .cancel(record.run.key, $0)) }
            } catch {
                exchange.refuse(error)
            }
        }
    }
}

extension Exchange {
    /// The id in the path; a text that is none names nothing that exists.
    func id(of what: String) throws(Failure) -> ULID {
        guard let id = ULID(parameters["id"]) else {
            throw .missing(.rowUnknown, "There is no \(what) \"\(parameters["id"])\": ids have 26 characters.")
        }
        return id
    }

    /// The run that the path names.
    func run(in reader: any StoreReader) throws(Failure) -> RunRecord {
        let id = try id(of: "run")
        guard let record = try Failure.reading({ () throws(StoreError) in try reader.run(id) }) else {
            throw .missing(.rowUnknown, "There is no run \(id).")
        }
        return record
    }

    /// The event that the path names.
    func event(in reader: any StoreReader) throws(Failure) -> EventRow {
        let id = try id(of: "event")
        guard let event = try Failure.reading({ () throws(StoreError) in try reader.event(id) }) else {
            throw .missing(.rowUnknown, "There is no event \(id).")
        }
        return event
    }
}

extension Failure {
    /// Reads from the store; what goes wrong there becomes an answer.
    static func reading<Value>(_ query: () throws(StoreError) -> Value) throws(Failure) -> Value {
        do throws(StoreError) {
            return try query()
        } catch {
            throw Failure(503, .readFailed, error.message, headers: ["Retry-After": "1"])
        }
    }
}
