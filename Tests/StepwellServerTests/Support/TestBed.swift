import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// A server on a free port, with a client to ask it and a place to look at its runs.
final class TestBed: Sendable {
    static let eventKey = "evtkey"
    static let signingKey = "signkey-test-0123456789abcdef0123456789abcdef"
    static let token = "operator-token"

    let server: Server
    let reader: any StoreReader
    let loop: EventLoop
    let client: HTTPClient

    convenience init(
        _ mode: ServerConfiguration.Mode = .dev, configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        let store = MemoryStore()
        try self.init(store: store, reader: store, mode, configure: configure)
    }

    init(
        store: any Store, reader: any StoreReader, _ mode: ServerConfiguration.Mode = .dev,
        configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = ServerConfiguration(mode: mode)
        configuration.port = 0
        configuration.pollInterval = nil
        configuration.discoversApps = false
        configuration.retryInterval = .milliseconds(1)
        if mode == .start {
            configuration.eventKeys = [Self.eventKey]
            configuration.signingKey = Self.signingKey
            configuration.operatorToken = Self.token
        }
        configure(&configuration)
        self.reader = reader
        server = try Server.start(store: store, reader: reader, configuration: configuration) { message in
            Issue.record("the engine failed: \(message)")
        }
        loop = try EventLoop()
        client = HTTPClient(loop: loop)
    }

    deinit {
        server.stop(grace: .zero)
        loop.stop()
    }

    // MARK: - Requests

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: RawJSON { (try? RawJSON(validating: body)) ?? .null }
    }

    func ask(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], body: String = ""
    ) async throws -> Answer {
        try await ask(method, target, headers: headers, bytes: Array(body.utf8))
    }

    func ask(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], bytes: [UInt8]
    ) async throws -> Answer {
        let request = HTTPClientRequest(
            method: method, url: try HTTPURL(server.url + target), headers: HTTPHeaders(headers), body: bytes)
        let response = try await client.response(to: request)
        return Answer(status: response.status.code, headers: response.headers, body: response.body)
    }

    /// Sends one event; returns its id.
    @discardableResult
    func send(_ event: String) async throws -> ULID {
        let answer = try await ask(.post, "/e/\(Self.eventKey)", body: event)
        try #require(answer.status == 200, "\(answer.text)")
        return try #require(answer.json["ids"]?.elements?.first?.string.flatMap { ULID($0) })
    }

    var signed: [(String, String)] { [("Authorization", "Bearer \(Self.signingKey)")] }

    // MARK: - Registration

    struct Function {
        var name: String
        var triggers: String
        var retries = 4
        var more = ""

        /// Starts on an event.
        init(_ name: String, on event: String, if expression: String? = nil, retries: Int = 4, more: String = "") {
            self.name = name
            let condition = expression.map { #","expression":"\#($0)""# } ?? ""
            triggers = #"[{"event":"\#(event)"\#(condition)}]"#
            self.retries = retries
            self.more = more
        }

        func json(app: String, url: String) -> String {
            """
            {"id":"\(app)-\(name)","name":"\(name)","triggers":\(triggers),\(more.isEmpty ? "" : more + ",")\
            "steps":{"step":{"id":"step","name":"step","retries":{"attempts":\(retries)},\
            "runtime":{"type":"http","url":"\(url)?fnId=\(app)-\(name)&stepId=step"}}}}
            """
        }
    }

    static func registration(app: String = "app", url: String, _ functions: [Function]) -> String {
        """
        {"v":"0.1","url":"\(url)","deployType":"ping","sdk":"test:v1","framework":"none","appName":"\(app)",\
        "functions":[\(functions.map { $0.json(app: app, url: url) }.joined(separator: ","))]}
        """
    }

    @discardableResult
    func register(app: String = "app", at url: String, _ functions: Function...) async throws -> Answer {
        let answer = try await ask(
            .post, "/fn/register", headers: signed,
            body: Self.registration(app: app, url: url, functions))
        try #require(answer.status == 200, "\(answer.text)")
        return answer
    }

    // MARK: - Runs

    /// The runs of `event`, once there are `count` and all have ended.
    func runs(of event: ULID, count: Int = 1) async throws -> [RunRecord] {
        try await eventually { reader in
            let page = try reader.runs(RunQuery(event: event, includesOutput: true))
            let isDone = page.rows.count >= count && page.rows.allSatisfy { $0.run.status.isFinal }
            return isDone ? page.rows : nil
        }
    }

    /// The one run of `event`, once it has ended.
    func run(of event: ULID) async throws -> RunRecord {
        try #require(try await runs(of: event).first)
    }

    /// Returns once the run of `event` waits for an event.
    func untilWaiting(_ event: ULID) async throws {
        _ = try await eventually { reader -> PendingAction? in
            guard let run = try reader.runs(RunQuery(event: event)).rows.first else { return nil }
            return try reader.pendingActions(of: run.run.key).first { $0.wait != nil }
        }
    }

    /// What `look` finds, as soon as it finds something: it is asked again whenever a run moves on.
    func eventually<Value: Sendable>(
        _ look: @escaping @Sendable (any StoreReader) throws -> Value?
    ) async throws -> Value {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = server.changes.add { _ in continuation.yield() }
        defer { server.changes.remove(number) }
        if let value = try look(reader) { return value }
        for await _ in changes {
            if let value = try look(reader) { return value }
        }
        throw CancellationError()
    }
}

extension RunRecord {
    var status: RunStatus { run.status }
    var output: String { run.output?.text ?? "" }
}
