import StepwellModel
import StepwellWire
import Synchronization

/// Answers the server's requests for an app: a handler for any HTTP server.
///
/// Hand it every request to one path, `/api/inngest` by custom, and send back what it answers:
///
/// ```swift
/// let serve = try Serve(app)
/// let response = await serve.handle(ServeRequest(method: "POST", target: target, headers: headers, body: body))
/// ```
///
/// Calls must carry the server's signature unless the client is in dev mode. If the connection of a call breaks, cancel the
/// task that waits for the answer: a step under way finishes, and can ask `step.isCancelled`.
public struct Serve: Sendable {
    /// How an app is served.
    public struct Options: Sendable {
        /// Scheme, host and port by which the server reaches the app. Default: `INNGEST_SERVE_ORIGIN`, else what a signed
        /// request's `Host` header says.
        public var origin: String?
        /// The path by which the server reaches the app. Default: `INNGEST_SERVE_PATH`, else the request's.
        public var path: String?
        /// Bytes of a request's body that are accepted, at most. Default: 4 MiB, the most that the protocol sends.
        public var bodyBytesMax = 4 << 20
        /// Begins every answer at once and sends a space now and then, for hosts that cut silent connections.
        /// Default: `INNGEST_STREAMING`, else no.
        public var streams: Bool?
        /// Runs that are kept parked between calls, at most. Default: 10,000.
        public var parkedRunsMax = 10_000
        /// Bytes that parked runs may hold, roughly. Default: 256 MiB.
        public var parkedBytesMax = 256 << 20
        /// How long a parked run is kept for its next call. Default: 10 minutes.
        public var parkedFor: Duration = .seconds(600)

        /// The defaults.
        public init() {}
    }

    /// A function, or what to do when it failed, by its full id.
    private struct Entry {
        let name: String
        let body: FunctionDefinition.Body
    }

    let app: App
    let options: Options
    let settings: ClientSettings
    let keys: SigningKeys
    let runner: Runner
    let clock: @Sendable () -> Timestamp
    /// Scheme, host and port by which the server reaches the app, and the path, as far as they are fixed.
    let (origin, path): (String?, String?)
    private let functions: [String: Entry]

    /// A handler for `app`.
    ///
    /// - Throws: ``StepwellError`` for a mistake in a function's configuration, two functions of one id, a missing signing
    ///   key, or an environment variable or URL that cannot be understood.
    public init(_ app: App, options: Options = .init()) throws(StepwellError) {
        try self.init(app, options: options, clock: Timestamp.now)
    }

    init(_ app: App, options: Options, clock: @escaping @Sendable () -> Timestamp) throws(StepwellError) {
        self.app = app
        self.options = options
        self.clock = clock
        settings = try app.client.settings.get()
        origin =
            try options.origin.map { (text) throws(StepwellError) in
                try ClientSettings.url(text, from: "the option origin")
            } ?? settings.serveOrigin
        path =
            try options.path.map { (text) throws(StepwellError) in
                try ClientSettings.path(text, from: "the option path")
            } ?? settings.servePath
        keys = try SigningKeys(settings)
        runner = Runner(
            environment: RunEnvironment(appID: app.id, client: app.client),
            limits: .init(
                countMax: options.parkedRunsMax, byteCountMax: options.parkedBytesMax, ageMax: options.parkedFor))
        functions = try Self.entries(of: app)
    }

    private static func entries(of app: App) throws(StepwellError) -> [String: Entry] {
        guard FunctionDefinition.isID(app.id) else {
            throw StepwellError(
                .configurationInvalid,
                "app '\(app.id)': an id is made of letters, digits, '-', '.' and '_', at least one; give the client one"
            )
        }
        var entries: [String: Entry] = [:]
        for function in app.functions {
            try function.validate()
            var own = [("\(app.id)-\(function.id)", Entry(name: function.id, body: function.body))]
            if let failure = function.failure {
                let suffix = FunctionDefinition.failureSuffix
                own.append((own[0].0 + suffix, Entry(name: function.id + suffix, body: failure)))
            }
            for (slug, entry) in own {
                guard entries.updateValue(entry, forKey: slug) == nil else {
                    throw StepwellError(
                        .functionRepeated,
                        "two functions of app '\(app.id)' have the id '\(entry.name)'; rename one of them")
                }
            }
        }
        return entries
    }

    var functionCount: Int { functions.count }
    var streams: Bool { options.streams ?? settings.streams }

    /// Where the server reaches the app, as far as `request` can tell.
    func url(_ request: ServeRequest) -> String {
        let scheme = request.header("X-Forwarded-Proto") ?? "http"
        let host = request.header("X-Forwarded-Host") ?? request.header("Host") ?? "localhost"
        return (origin ?? "\(scheme)://\(host)") + (path ?? String(request.path))
    }

    /// Whether where the server reaches the app is known without believing a request.
    var hasFixedURL: Bool { origin != nil && path != nil }

    // MARK: Requests

    /// Answers one request: a registration (PUT), a call (POST), or a question about the app (GET).
    public func handle(_ request: ServeRequest) async -> ServeResponse {
        guard request.body.count <= options.bodyBytesMax else {
            return refusal(
                413,
                StepwellError(
                    .bodyTooLarge, "the body has \(request.body.count) bytes; at most \(options.bodyBytesMax) are taken"
                ))
        }
        do throws(StepwellError) {
            if !keys.areRequired { try refuseForeigners(request) }
            switch request.method {
            case "POST": return try await post(request)
            case "PUT": return try await register(request)
            case "GET", "HEAD": return try introspect(request)
            default:
                return refusal(405, StepwellError(.requestInvalid, "\(request.method) is no method of the protocol"))
            }
        } catch {
            return refusal(Self.status(of: error), error)
        }
    }

    private func post(_ request: ServeRequest) async throws(StepwellError) -> ServeResponse {
        try verify(request)
        if let probe = request.query("probe") {
            guard probe == "trust" else { throw StepwellError(.requestInvalid, "'\(probe)' is no known probe") }
            return response(200, [])
        }
        let slug = request.query("fnId") ?? ""
        guard let entry = functions[slug] else {
            throw StepwellError(
                .functionUnknown,
                "app '\(app.id)' has no function '\(slug)'. If it was renamed or removed, the app may not be registered anew yet."
            )
        }
        guard streams else { return response(to: await answer(request, entry)) }
        return stream { await answer(request, entry) }
    }

    private func answer(_ request: ServeRequest, _ entry: Entry) async -> CallReply {
        do throws(StepwellError) {
            let envelope = try RunCall.envelope(of: request.body, stepID: request.query("stepId"))
            let complete = try await RunState(client: app.client, keys: keys).complete(envelope)
            let call = try RunCall(complete, byteCount: request.body.count)
            return await runner.answer(call, of: entry.name, entry.body)
        } catch {
            return .refused(error)
        }
    }

    /// Checks in dev mode, which asks for no signature, at least that no web page sent the request: neither one that says
    /// so, nor one whose host's name was made to point to this machine.
    private func refuseForeigners(_ request: ServeRequest) throws(StepwellError) {
        if let page = request.header("Origin") {
            throw StepwellError(
                .signatureInvalid, "dev mode serves no requests of web pages, and this one is of a page at \(page)")
        }
        guard let host = request.header("Host").map({ HostName(authority: $0) }) else { return }
        guard host.isLoopback || host == origin.map({ HostName(url: $0) }) else {
            throw StepwellError(
                .signatureInvalid,
                "dev mode serves requests to this machine's own names only, and this one is to '\(host.text)'. "
                    + "If the server reaches the app by that name, set INNGEST_SERVE_ORIGIN to its URL.")
        }
    }

    /// Checks that the server sent the request.
    func verify(_ request: ServeRequest) throws(StepwellError) {
        try keys.verify(request.header(Header.signature), of: request.body, at: clock())
    }

    private static func status(of error: StepwellError) -> Int {
        switch error.code {
        case .signatureInvalid, .signatureExpired: 401
        case .requestInvalid: 400
        default: 500
        }
    }
}
