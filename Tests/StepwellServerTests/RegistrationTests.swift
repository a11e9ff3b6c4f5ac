import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Synchronization
import Testing

@testable import StepwellServer

/// How apps become known (PROTOCOL §2).
@Suite(.timeLimit(.minutes(3)))
struct RegistrationTests {
    private static let url = "http://127.0.0.1:9/api/inngest"

    @Test func `the same registration twice changes nothing, a new one does`() async throws {
        let bed = try TestBed()
        let first = try await bed.register(at: Self.url, .init("fn", on: "a/b"))
        #expect(first.json.slice["ok"]?.bool == true && first.json.slice["modified"]?.bool == true)
        #expect(first.json.slice["app_id"]?.string == NameUUID.app(named: "app").description)
        let second = try await bed.register(at: Self.url, .init("fn", on: "a/b"))
        #expect(second.json.slice["modified"]?.bool == false)
        let third = try await bed.register(at: Self.url, .init("fn", on: "a/c"))
        #expect(third.json.slice["modified"]?.bool == true)
        let app = try #require(bed.server.engine.configuration.app(named: "app"))
        #expect(app.url == "http://localhost:9/api/inngest")
    }

    @Test func `a function keeps its id when its app moves`() async throws {
        let bed = try TestBed()
        try await bed.register(at: Self.url, .init("fn", on: "a/b"))
        let id = bed.server.engine.configuration.function(named: "app-fn")?.blueprint.id
        try await bed.register(at: "http://127.0.0.1:10/api/inngest", .init("fn", on: "a/b"))
        let moved = try #require(bed.server.engine.configuration.function(named: "app-fn"))
        #expect(moved.blueprint.id == id)
        #expect(moved.blueprint.url.hasPrefix("http://localhost:10/"))
    }

    @Test func `what is no longer registered is archived, down to an app without functions`() async throws {
        let bed = try TestBed()
        try await bed.register(at: Self.url, .init("one", on: "a/b"), .init("two", on: "a/b"))
        try await bed.register(at: Self.url, .init("two", on: "a/b"))
        #expect(bed.server.engine.configuration.function(named: "app-one") == nil)
        #expect(bed.server.engine.configuration.function(named: "app-two") != nil)
        let empty = try await bed.ask(.post, "/fn/register", body: TestBed.registration(url: Self.url, []))
        #expect(empty.status == 200)
        #expect(bed.server.engine.configuration.function(named: "app-two") == nil)
        #expect(bed.server.engine.configuration.app(named: "app")?.removedAt == nil)
    }

    @Test func `an app is removed by its url`() async throws {
        let bed = try TestBed()
        try await bed.register(at: Self.url, .init("fn", on: "a/b"))
        let target = "/fn/remove?url=http%3A%2F%2F127.0.0.1%3A9%2Fapi%2Finngest"
        #expect(try await bed.ask(.delete, target).status == 200)
        #expect(bed.server.engine.configuration.function(named: "app-fn") == nil)
        #expect(try await bed.ask(.delete, target).status == 404)
        #expect(try await bed.ask(.delete, "/fn/remove").status == 400)
    }

    @Test func `every broken rule is named with function and field`() async throws {
        let bed = try TestBed()
        var many = TestBed.Function("many", on: "a/b", retries: 21)
        many.triggers = #"[{"event":"a*b"}]"#
        let body = TestBed.registration(
            url: Self.url, [many, .init("batch", on: "a/b", more: #""batchEvents":{"maxSize":1,"timeout":"5s"}"#)])
        let answer = try await bed.ask(.post, "/fn/register", body: body)
        #expect(answer.status == 400)
        #expect(answer.json.slice["status"]?.integer == 400)
        let error = try #require(answer.json.slice["error"]?.string)
        #expect(error.hasPrefix("At least one function is invalid"))
        for part in ["app-many", "triggers[0].event", "retries.attempts", "app-batch", "batchEvents.maxSize"] {
            #expect(error.contains(part), "\(part)")
        }
        #expect(answer.json.slice["data"]?["errors"]?.elements?.count == 3)
        #expect(bed.server.engine.configuration.functions.isEmpty)
    }

    @Test(arguments: [
        ("event.data.x ==", #""throttle":{"limit":1,"period":"1m"}"#, "triggers[0].expression"),
        ("true", #""throttle":{"limit":1,"period":"1m","key":"nobody.data"}"#, "throttle.key"),
    ]) func `an expression that cannot be used names its place`(
        expression: String, more: String, field: String
    ) async throws {
        let body = TestBed.registration(url: Self.url, [.init("fn", on: "a/b", if: expression, more: more)])
        let answer = try await TestBed().ask(.post, "/fn/register", body: body)
        #expect(answer.status == 400)
        #expect(answer.json.slice["error"]?.string?.contains("\"app-fn\": \(field)") == true, "\(answer.text)")
    }

    @Test func `a refused registration is kept as the app's error until one succeeds`() async throws {
        // Not so soon that the app is asked again, and its silence takes the refusal's place.
        let bed = try TestBed { $0.pollInterval = .seconds(3_600) }
        try await bed.register(at: Self.url, .init("fn", on: "a/b"))
        let bad = TestBed.registration(url: Self.url, [.init("fn", on: "a*b")])
        #expect(try await bed.ask(.post, "/fn/register", body: bad).status == 400)
        // An input after the note of the error: the note is in force when it is answered.
        #expect(try await bed.ask(.get, "/health").status == 200)
        #expect(bed.server.engine.configuration.app(named: "app")?.error?.contains("app-fn") == true)
        let again = try await bed.register(at: Self.url, .init("fn", on: "a/b"))
        #expect(again.json.slice["modified"]?.bool == true)
        #expect(bed.server.engine.configuration.app(named: "app")?.error == nil)
    }

    @Test(arguments: [
        ("TZ=Europe/Atlantis 0 9 * * *", "SW0311"), ("0 0 30 2 *", "no date of any year matches it"),
        ("@daily", "must have five fields"),
    ])
    func `a schedule that could never fire is refused and named`(schedule: String, reason: String) async throws {
        let bed = try TestBed()
        var function = TestBed.Function("fn", on: "a/b")
        function.triggers = #"[{"cron":"\#(schedule)"}]"#
        let answer = try await bed.ask(
            .post, "/fn/register", headers: bed.signed, body: TestBed.registration(url: Self.url, [function]))
        #expect(answer.status == 400)
        #expect(answer.text.contains("app-fn") && answer.text.contains(reason), "\(answer.text)")
    }

    @Test func `options without effect are accepted with a warning`() async throws {
        let bed = try TestBed()
        let more = #"""
            "concurrency":[{"limit":2},{"limit":3,"scope":"env","key":"'k'"}],"throttle":{"limit":1,"period":"1m"},\#
            "rateLimit":{"limit":1,"period":"1m"},"timeouts":{"start":"10s"},"debounce":{"period":"10s"}
            """#
        let batch = #""batchEvents":{"maxSize":2,"timeout":"1s"},"timeouts":{"start":"10s","finish":"1m"}"#
        let answer = try await bed.register(
            at: Self.url, .init("fn", on: "a/b", more: more),
            .init("batch", on: "a/b", more: batch))
        let warnings = try #require(answer.json.slice["warnings"]?.elements?.compactMap { $0.string })
        #expect(
            warnings == [
                "function \"app-batch\": timeouts.start has no effect on batches (batchEvents), and is ignored for them"
            ])
        let plain = try await bed.register(app: "plain", at: Self.url, .init("fn", on: "a/b"))
        #expect(plain.json.slice["warnings"] == nil)
    }

    @Test(arguments: [("cloud", 400), ("dev", 200), ("", 200)])
    func `an app that wants another kind of server is refused`(
        expected: String, status: Int
    ) async throws {
        let answer = try await TestBed().ask(
            .post, "/fn/register", headers: [(Header.expectedServerKind, expected)],
            body: TestBed.registration(url: Self.url, []))
        #expect(answer.status == status)
        if status == 400 { #expect(answer.json.slice["error"]?.string == "Expected server kind cloud, got dev") }
    }

    @Test(arguments: [
        ("http://169.254.169.254/x", "url_refused"), ("wss://connect", "connect_unsupported"),
        ("ftp://x/", "app_invalid"),
        ("http://elsewhere:1/x", "url_refused"),
    ]) func `an app on an address that may not be called is refused`(url: String, code: String) async throws {
        let bed = try TestBed { $0.appHosts = ["localhost", "169.254.169.254"] }
        let answer = try await bed.ask(.post, "/fn/register", body: TestBed.registration(url: url, []))
        #expect(answer.status == 400)
        #expect(answer.json.slice["code"]?.string == code, "\(answer.text)")
    }

    @Test(arguments: ["", "[]", "{", #"{"appName":""}"#, #"{"appName":"a","url":"http://x/"}"#])
    func `what is no registration is refused with status and error`(body: String) async throws {
        let answer = try await TestBed().ask(.post, "/fn/register", body: body)
        #expect(answer.status == 400)
        #expect(answer.json.slice["status"]?.integer == 400 && answer.json.slice["error"]?.string?.isEmpty == false)
    }
}

/// The server asks apps to register.
@Suite(.timeLimit(.minutes(3)))
struct AppRequestTests {
    @Test func `an app named at the start is asked, signed, and registers`() async throws {
        let worker = try ScriptedWorker()
        let log = RequestLog()
        let app = SDKStandIn(worker)
        let bed = try TestBed(.start) { $0.sdkURLs = [worker.url] }
        app.serve(at: bed.server.url, bearer: TestBed.signingKey, log)
        try await bed.untilRegistered("app-fn")
        let put = try #require(log.requests.last)
        #expect(put.method == .put)
        #expect(put.headers[Header.serverKind] == "cloud")
        #expect(String(decoding: put.body, as: UTF8.self) == #"{"url":"http://localhost:\#(worker.port)/api/inngest"}"#)
        let key = try SigningKey(TestBed.signingKey)
        try Signature.verify(put.headers[Header.signature], of: put.body, with: key, at: bed.server.engine.now().wall)
    }

    @Test func `an app that is not there yet is asked again until it is`() async throws {
        let place = try ReservedPort()
        let url = "http://127.0.0.1:\(place.port)/api/inngest"
        let refusal = AsyncStream.makeStream(of: Void.self)
        let bed = try TestBed { configuration in
            configuration.sdkURLs = [url]
            configuration.log = ServerLog { _, message, _ in
                if message == "app not registered" { refusal.continuation.yield() }
            }
        }
        for await _ in refusal.stream { break }
        let worker = try ScriptedWorker(port: place.port)
        SDKStandIn(worker).serve(at: bed.server.url, bearer: "", RequestLog())
        try await bed.untilRegistered("app-fn")
    }

    @Test func `an app that hands over its functions at once is registered, too`() async throws {
        let worker = try ScriptedWorker()
        let function = TestBed.Function("fn", on: "a/b").json(app: "app", url: worker.url)
        let body =
            #"{"app_id":"app","functions":[\#(function)],"sdk_language":"js","sdk_version":"4","sdk":"js:v4","url":"\#(worker.url)"}"#
        worker.takeOver { _, responder in
            responder.respond(
                status: 200, headers: [Header.sdk: "js:v4", Header.syncKind: "in_band"], body: Array(body.utf8))
        }
        let bed = try TestBed { $0.sdkURLs = [worker.url] }
        try await bed.untilRegistered("app-fn")
    }

    @Test func `known apps are polled, and one that fails shows its error until it is well again`() async throws {
        let worker = try ScriptedWorker()
        worker.takeOver { _, responder in responder.respond(status: 500, body: Array(#"{"message":"sick"}"#.utf8)) }
        let bed = try TestBed { $0.pollInterval = .milliseconds(20) }
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        try await bed.untilApp { $0.error?.contains("sick") == true }
        SDKStandIn(worker).serve(at: bed.server.url, bearer: "", RequestLog())
        try await bed.untilApp { $0.error == nil }
    }

    @Test func `what answers and is no SDK is said to be none`() async throws {
        let worker = try ScriptedWorker()
        worker.takeOver { _, responder in responder.respond(status: 200) }
        let bed = try TestBed { $0.pollInterval = .milliseconds(20) }
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        try await bed.untilApp { $0.error?.contains("is no SDK") == true }
    }

    /// As the Python SDK answers when its registration was refused: 200, and the words of the server.
    @Test func `an app that hands on a refusal with status 200 shows it`() async throws {
        let worker = try ScriptedWorker()
        worker.takeOver { _, responder in
            let headers: HTTPHeaders = [Header.sdk: "py:v0.5.19", Header.syncKind: "out_of_band"]
            let body = #"{"code":"SW0401","error":"Authentication failed: other key","status":401}"#
            responder.respond(status: 200, headers: headers, body: Array(body.utf8))
        }
        let bed = try TestBed { $0.pollInterval = .milliseconds(20) }
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        try await bed.untilApp { $0.error?.contains("Authentication failed: other key") == true }
    }

    @Test func `dev finds an app on a usual port and path`() async throws {
        let worker = try ScriptedWorker()
        let log = RequestLog()
        let bed = try TestBed { configuration in
            configuration.discoversApps = true
            configuration.discoveryPorts = [worker.port]
        }
        SDKStandIn(worker).serve(at: bed.server.url, bearer: "", path: "/x/inngest", log)
        try await bed.untilRegistered("app-fn")
        // Paths without an app got nothing but questions.
        #expect(log.requests.allSatisfy { $0.method == .get || $0.path == "/x/inngest" })
    }
}

/// What a worker was asked.
final class RequestLog: Sendable {
    private let log = Mutex<[HTTPRequest]>([])
    var requests: [HTTPRequest] { log.withLock { $0 } }
    func note(_ request: HTTPRequest) { log.withLock { $0.append(request) } }
}

/// Makes a scripted worker answer as an SDK does when it is asked to register.
final class SDKStandIn: Sendable {
    private let worker: ScriptedWorker
    private let client: HTTPClient

    init(_ worker: ScriptedWorker) {
        self.worker = worker
        client = HTTPClient(loop: worker.loop)
    }

    func serve(at server: String, bearer: String, path: String = "/api/inngest", _ log: RequestLog) {
        let url = "http://127.0.0.1:\(worker.port)\(path)"
        let body = Array(TestBed.registration(url: url, [.init("fn", on: "a/b")]).utf8)
        worker.takeOver { [client] request, responder in
            log.note(request)
            guard request.path == path, let register = try? HTTPURL("\(server)/fn/register") else {
                return responder.respond(status: 404)
            }
            let headers: HTTPHeaders = [Header.sdk: "test:v1", Header.syncKind: "out_of_band"]
            guard request.method == .put else { return responder.respond(status: 200, headers: headers) }
            var post = HTTPClientRequest(method: .post, url: register, body: body)
            post.headers.add("Authorization", "Bearer \(bearer)")
            client.send(post) { result in
                let isWell = (try? result.get().status.isSuccess) == true
                responder.respond(status: isWell ? 200 : 500, headers: headers, body: Array("{}".utf8))
            }
        }
    }
}

extension TestBed {
    /// Registrations change no run: the configuration is asked for until it shows what is waited for.
    func untilRegistered(_ slug: String) async throws {
        try await until { server.engine.configuration.function(named: slug) != nil }
    }

    func untilApp(_ holds: (AppRow) -> Bool) async throws {
        try await until { server.engine.configuration.apps.values.contains(where: holds) }
    }
}
