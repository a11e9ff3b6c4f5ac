#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Sends events to the server, and says who the app is.
///
/// ```swift
/// let client = Client(id: "shop")
/// try await client.send(OrderPlaced(orderId: "7"))
/// ```
///
/// What is not given is taken from the environment: `INNGEST_EVENT_KEY`, `INNGEST_SIGNING_KEY`,
/// `INNGEST_SIGNING_KEY_FALLBACK`, `INNGEST_BASE_URL`, `INNGEST_DEV`, `INNGEST_ENV` and others; the same names with
/// `STEPWELL_` in front take precedence. Dev mode is on only if you say so, here or there: outside of it an event key is
/// needed to send, and a signing key to serve.
public struct Client: Sendable {
    /// The id of the app, unique within an environment. Runs depend on it: do not change it while some are under way.
    public let id: String

    let log: Log
    /// The settings, or what is wrong with them: reported when the client is first used.
    let settings: Result<ClientSettings, StepwellError>
    let transport: Transport

    /// A client for the app `id`.
    ///
    /// - Parameters:
    ///   - id: the app's id, such as `shop`.
    ///   - eventKey: the key that allows to send events. Default: `INNGEST_EVENT_KEY`; none is needed in dev mode.
    ///   - signingKey: the key that proves calls to be the server's. Default: `INNGEST_SIGNING_KEY`; none is needed in
    ///     dev mode.
    ///   - isDev: whether the server is a dev server, which needs no keys. Default: `INNGEST_DEV`, else no.
    ///   - baseURL: where the server is, a URL that begins with `http://` or `https://`. Default:
    ///     `INNGEST_BASE_URL`, else `http://127.0.0.1:8288`.
    ///   - branch: the name of a branch environment. Default: `INNGEST_ENV`, else none.
    ///   - log: where to write. Default: lines on standard error, from level `info` or `INNGEST_LOG_LEVEL`.
    public init(
        id: String, eventKey: String? = nil, signingKey: String? = nil, isDev: Bool? = nil, baseURL: String? = nil,
        branch: String? = nil, log: Log? = nil
    ) {
        self.init(id: id, environment: ProcessInfo.processInfo.environment, log: log) {
            (settings: inout ClientSettings) throws(StepwellError) in
            settings.eventKey = eventKey ?? settings.eventKey
            settings.signingKey = signingKey ?? settings.signingKey
            settings.isDev = isDev ?? settings.isDev
            settings.branch = branch ?? settings.branch
            guard let baseURL else { return }
            let url = try ClientSettings.url(baseURL, from: "the client's baseURL")
            (settings.apiURL, settings.eventURL) = (url, url)
        }
    }

    init(
        id: String, environment: [String: String], log: Log? = nil, transport: Transport = .http,
        _ adjust: (inout ClientSettings) throws(StepwellError) -> Void = { _ in }
    ) {
        self.id = id
        self.transport = transport
        do throws(StepwellError) {
            var settings = try ClientSettings(environment: environment)
            try adjust(&settings)
            self.settings = .success(settings)
            self.log = log ?? .standardError(level: settings.logLevel)
        } catch {
            settings = .failure(error)
            self.log = log ?? .standardError()
        }
    }

    /// Sends one event.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - eventID: recognises duplicates: of events with the same id, each function runs for the first one only, for 24
    ///     hours. Default: none.
    ///   - timestamp: when it happened; a time in the future delays the functions until then. Default: now.
    /// - Returns: the id that the server gave the event. When it is returned, the event is stored durably.
    /// - Throws: ``StepwellError`` from the settings, for an event that cannot be sent, or when the server refuses it
    ///   or cannot be reached after several attempts.
    @discardableResult
    public func send(_ event: some Event, id eventID: String? = nil, timestamp: Date? = nil) async throws -> String {
        try await send([OutgoingEvent(event, id: eventID, timestamp: timestamp)]).first ?? ""
    }

    /// Sends any number of events, of one or several types, 5,000 in a request.
    ///
    /// - Returns: the ids that the server gave the events, in order. When they are returned, the events are stored.
    /// - Throws: what the form for one event throws; events of earlier requests are stored nonetheless.
    @discardableResult
    public func send(_ events: [OutgoingEvent]) async throws -> [String] {
        try await EventSender(client: self).send(events)
    }
}
