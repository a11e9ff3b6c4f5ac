import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellWire

/// What tells whether a server is there, what it is, and whether it gets on with its work.
struct StatusRoutes: RouteGroup {
    let context: ServerContext
    let draining: Draining

    /// An input must go all the way round within this time.
    static let pingTimeout = Duration.seconds(2)

    func register(in router: inout Router) {
        router.on(.get, "/", policy: .open) {
            $0.answer(200, contentType: "text/plain; charset=utf-8", body: Self.hello)
        }
        router.on(.get, "/health", policy: .sdkOpen) { answerHealth($0) }
        router.on(.get, "/dev", policy: .sdkOpen) { answerDev($0) }
    }

    private static let hello = Array(
        """
        Stepwell: durable, event-driven functions.

        Send events        POST /e/KEY
        Register an app    PUT to the app, or: stepwell dev --sdk-url URL
        Is it well?        GET /health
        Documentation      Docs/ in the source, and: stepwell help

        """.utf8)

    // MARK: - Health

    /// Health means progress: an input goes all the way round in time, and what it brings about can be made durable.
    private func answerHealth(_ exchange: Exchange) {
        if let trouble = context.engine.status.storeTrouble {
            return exchange.refuse(.storeTrouble(trouble))
        }
        if draining.isOn { return exchange.refuse(.stopping) }
        let late = exchange.responder.loop.schedule(after: Self.pingTimeout) { [engine = context.engine] in
            exchange.refuse(Self.lateness(engine))
        }
        let status = context.engine.status
        _ = context.engine.ask(reply: { reply in
            late.cancel()
            guard case .pong = reply else { return exchange.refuse(.stopping) }
            exchange.answer(200, json: Self.health(status))
        }) { .ping($0) }
    }

    /// What is wrong when the engine has not answered within ``pingTimeout``.
    static func lateness(_ engine: Engine) -> Failure {
        if let trouble = engine.status.storeTrouble { return .storeTrouble(trouble) }
        return Failure(
            503, .notProgressing, "The engine has not answered within 2 s: it is overloaded, or its disk is stuck.")
    }

    private static func health(_ status: EngineStatus) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("status", 200)
        writer.member("message", "OK")
        writer.member("runs_unfinished", status.unfinishedRuns)
        writer.member("calls_in_flight", status.liveDispatches)
        writer.member("commits", status.commits)
        writer.endObject()
        return writer.json
    }

    // MARK: - Dev server info

    /// SDKs ask this to find a server on the developer's machine; in `start` there is none for them to find.
    private func answerDev(_ exchange: Exchange) {
        guard context.kind == .development else {
            return exchange.refuse(
                Failure(404, .routeUnknown, "There is nothing at /dev: this is no development server."))
        }
        let configuration = context.engine.configuration
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", "stepwell")
        writer.member("startOpts", RawJSON(#"{"dev":true}"#))
        writer.member("authed", false)
        writer.key("functions")
        writer.beginArray()
        for function in configuration.functions.values.sorted(by: { $0.slug < $1.slug }) where !function.isArchived {
            writer.beginObject()
            writer.member("id", function.blueprint.id.description)
            writer.member("slug", function.slug)
            writer.member("name", function.blueprint.name)
            writer.endObject()
        }
        writer.endArray()
        writer.key("handlers")
        writer.beginArray()
        for app in configuration.apps.values.sorted(by: { $0.name < $1.name }) where app.removedAt == nil {
            writer.string(app.url)
        }
        writer.endArray()
        writer.endObject()
        exchange.answer(200, json: writer.json)
    }
}

extension Failure {
    static func storeTrouble(_ reason: String) -> Failure {
        Failure(503, .storeTrouble, "Nothing can be made durable for now, so nothing new is accepted: \(reason)")
    }

    static let stopping = Failure(
        503, .stopping, "The server is being stopped; nothing was done. Send the request again.",
        headers: ["Retry-After": "1"])
}
