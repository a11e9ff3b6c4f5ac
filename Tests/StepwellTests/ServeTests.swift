import StepwellHTTP
import StepwellModel
import StepwellWire
import Testing

@testable import Stepwell

@Suite struct ServeTests {
    static let key = "signkey-test-0123456789abcdef0123456789abcdef"
    static let other = "signkey-test-fedcba9876543210fedcba9876543210"
    static let now = Timestamp(milliseconds: 1_700_000_000_000)

    static let hello = Function("hello", on: Ping.self) { event, step in
        try await step.run("greet") { "hello \(event.data.text ?? "you")" }
    }

    static func serve(
        _ environment: [String: String] = ["INNGEST_SIGNING_KEY": key], url: String? = nil,
        options: Serve.Options = .init(), functions: [any DurableFunction] = [hello]
    ) throws -> Serve {
        try Serve(
            App(client: .test(environment, url: url), functions: functions), options: options, clock: { now })
    }

    static func body(_ extra: String = "") -> [UInt8] {
        let context = #""ctx":{"attempt":0,"max_attempts":4,"run_id":"R1","stack":{"current":0,"stack":[]}\#(extra)}"#
        let event = #"{"data":{"text":"Ada"},"id":"e1","name":"test.event","ts":1700000000000,"user":{}}"#
        return Array(
            #"{\#(context),"event":\#(event),"events":[\#(event)],"steps":{},"use_api":false,"version":-1}"#.utf8)
    }

    static func signed(
        _ method: String, _ target: String, _ body: [UInt8] = [], by key: String = key, at time: Timestamp = now,
        headers: [(name: String, value: String)] = []
    ) throws -> ServeRequest {
        let signature = try Signature.sign(body, with: try SigningKey(key), at: time)
        return ServeRequest(
            method: method, target: target, headers: headers + [("X-Inngest-Signature", signature)], body: body)
    }

    static let call = "/api/inngest?fnId=app-hello&stepId=step"

    @Test func `a signed call is served and its answer is signed`() async throws {
        let response = try await Self.serve().handle(try Self.signed("POST", Self.call, Self.body()))
        #expect(response.status == 206)
        #expect(response.json?.elements?.first?["data"]?.string == "hello Ada")
        #expect(response.header("X-Inngest-SDK") == SDKIdentity.header)
        #expect(response.header("X-Inngest-Req-Version") == "2")
        try Signature.verify(
            response.header("X-Inngest-Signature"), of: response.bytes, with: try SigningKey(Self.key), at: Self.now)
    }

    @Test func `a call without a signature, or with a wrong one, is refused and told nothing about the app`()
        async throws
    {
        let serve = try Self.serve()
        let bare = ServeRequest(method: "POST", target: Self.call, body: Self.body())
        let forged = try Self.signed("POST", Self.call, Self.body(), by: Self.other)
        for request in [bare, forged] {
            let response = await serve.handle(request)
            #expect(response.status == 401)
            #expect(response.json?["code"]?.string == "SW0222")
            #expect(response.header("X-Inngest-SDK") == nil)
        }
    }

    @Test func `an old signature is refused`() async throws {
        let old = Self.now - .minutes(6)
        let response = try await Self.serve().handle(try Self.signed("POST", Self.call, Self.body(), at: old))
        #expect(response.status == 401)
        #expect(response.json?["code"]?.string == "SW0223")
    }

    @Test func `while keys are exchanged the old one is accepted too`() async throws {
        let serve = try Self.serve(["INNGEST_SIGNING_KEY": Self.other, "INNGEST_SIGNING_KEY_FALLBACK": Self.key])
        #expect(await serve.handle(try Self.signed("POST", Self.call, Self.body())).status == 206)
    }

    @Test func `dev mode needs no signature`() async throws {
        let request = ServeRequest(method: "POST", target: Self.call, body: Self.body())
        #expect(try await Self.serve(["INNGEST_DEV": "1"]).handle(request).status == 206)
    }

    @Test func `dev mode serves no web page`() async throws {
        let request = ServeRequest(
            method: "POST", target: Self.call, headers: [("Origin", "https://evil.example")], body: Self.body())
        #expect(try await Self.serve(["INNGEST_DEV": "1"]).handle(request).status == 401)
    }

    /// A `Host` header, and whether dev mode answers it when the server reaches the app at http://worker.test:3000.
    static let hosts: [(host: String, isServed: Bool)] = [
        ("localhost", true), ("LOCALHOST:3000", true), ("app.localhost:3000", true), ("127.0.0.1:3000", true),
        ("127.8.9.1", true), ("[::1]:3000", true), ("worker.test:3000", true), ("worker.test", true),
        ("evil.example", false), ("evil.example:3000", false), ("localhost.evil.example", false),
        ("10.0.0.1:3000", false),
        ("[2001:db8::1]:3000", false), ("", false),
    ]

    @Test(arguments: hosts) func `dev mode serves requests to this machine and the configured origin only`(
        host: String, isServed: Bool
    ) async throws {
        let serve = try Self.serve(["INNGEST_DEV": "1", "INNGEST_SERVE_ORIGIN": "http://worker.test:3000"])
        for (method, target, body) in [("POST", Self.call, Self.body()), ("GET", "/api/inngest", [])] {
            let request = ServeRequest(method: method, target: target, headers: [("Host", host)], body: body)
            let response = await serve.handle(request)
            #expect((response.status != 401) == isServed)
            if !isServed { #expect(response.json?["message"]?.string?.contains("INNGEST_SERVE_ORIGIN") == true) }
        }
    }

    @Test func `outside of dev mode the signature decides and the host does not`() async throws {
        let request = try Self.signed("POST", Self.call, Self.body(), headers: [("Host", "worker.example")])
        #expect(try await Self.serve().handle(request).status == 206)
    }

    @Test(arguments: ["", "my app", "a/b", "a?b", "a\"b", "caf\u{E9}"])
    func `an app's id is checked like a function's`(id: String) throws {
        let client = Client(id: id, environment: ["INNGEST_DEV": "1"], log: Log { _ in })
        let error = try #require(throws: StepwellError.self) { try Serve(App(client: client, functions: [])) }
        #expect(error.code == .configurationInvalid)
        #expect(error.message.contains("app '\(id)'"))
    }

    @Test func `origin and path given in code are normalised, or refused by name`() throws {
        var options = Serve.Options()
        (options.origin, options.path) = ("https://worker.test/", "/functions/")
        let serve = try Self.serve(options: options)
        #expect(serve.url(ServeRequest(method: "PUT", target: "/other")) == "https://worker.test/functions")
        for (origin, path, word) in [("worker.test", "/", "origin"), ("http://w", "functions", "path")] {
            (options.origin, options.path) = (origin, path)
            let error = try #require(throws: StepwellError.self) { try Self.serve(options: options) }
            #expect(error.code == .environmentInvalid)
            #expect(error.message.contains("option \(word)"))
        }
    }

    @Test func `without a signing key and outside of dev mode nothing is served`() throws {
        let error = try #require(throws: StepwellError.self) { try Self.serve([:]) }
        #expect(error.code == .signingKeyMissing)
    }

    @Test func `a function that the app does not have is named`() async throws {
        let response = try await Self.serve().handle(
            try Self.signed("POST", "/api/inngest?fnId=app-gone&stepId=step", Self.body()))
        #expect(response.status == 500)
        #expect(response.json?["message"]?.string?.contains("app-gone") == true)
        #expect(response.header("X-Inngest-No-Retry") == "false")
    }

    @Test func `a body that is no call says what is wrong with it`() async throws {
        let serve = try Self.serve(["INNGEST_DEV": "1"])
        for (body, word) in [("{", "JSON"), (#"{"ctx":{}}"#, "run_id"), (#"{"ctx":{"run_id":"R"}}"#, "event")] {
            let response = await serve.handle(ServeRequest(method: "POST", target: Self.call, body: Array(body.utf8)))
            #expect(response.status == 500)
            #expect(response.json?["message"]?.string?.contains(word) == true)
        }
    }

    @Test func `a body over the limit is refused unread`() async throws {
        var options = Serve.Options()
        options.bodyBytesMax = 10
        let response = try await Self.serve(options: options).handle(try Self.signed("POST", Self.call, Self.body()))
        #expect(response.status == 413)
        #expect(response.json?["code"]?.string == "SW0224")
    }

    @Test func `the trust probe is answered when it is signed`() async throws {
        let serve = try Self.serve()
        let response = await serve.handle(try Self.signed("POST", "/api/inngest?probe=trust"))
        #expect(response.status == 200)
        #expect(response.bytes.isEmpty)
        #expect(await serve.handle(ServeRequest(method: "POST", target: "/api/inngest?probe=trust")).status == 401)
        #expect(await serve.handle(try Self.signed("POST", "/api/inngest?probe=other")).status == 400)
    }

    @Test func `introspection tells a stranger nothing and the server what it needs`() async throws {
        let serve = try Self.serve()
        #expect(await serve.handle(ServeRequest(method: "GET", target: "/api/inngest")).status == 401)
        let response = await serve.handle(
            try Self.signed("GET", "/api/inngest", headers: [("Host", "worker:3000")]))
        let json = try #require(response.json)
        #expect(json["authentication_succeeded"]?.bool == true)
        #expect(json["function_count"]?.integer == 1)
        #expect(json["mode"]?.string == "cloud")
        #expect(json["serve_origin"]?.string == "http://worker:3000")
        #expect(json["serve_path"]?.string == "/api/inngest")
        #expect(json["signing_key_hash"]?.string?.count == 12)
        #expect(json["event_key_hash"]?.isNull == true)
    }

    @Test func `introspection in dev mode shows the basics`() async throws {
        let response = try await Self.serve(["INNGEST_DEV": "1"]).handle(
            ServeRequest(method: "GET", target: "/api/inngest"))
        #expect(
            String(decoding: response.bytes, as: UTF8.self)
                == #"{"extra":{"native_crypto":true},"function_count":1,"has_event_key":false,"has_signing_key":false,"#
                + #""mode":"dev","schema_version":"2024-05-24"}"#)
    }

    @Test func `a registration asked for by a stranger is refused unless origin and path are fixed`() async throws {
        try await ProtocolServer.run({ _, _ in (200, #"{"ok":true,"modified":true}"#) }) { server in
            let request = ServeRequest(method: "PUT", target: "/api/inngest", headers: [("Host", "evil:80")])
            #expect(try await Self.serve(url: server.url).handle(request).status == 401)
            var options = Serve.Options()
            options.origin = "http://worker:3000"
            // The path is still the stranger's to choose.
            #expect(try await Self.serve(url: server.url, options: options).handle(request).status == 401)
            options.path = "/api/inngest"
            let response = try await Self.serve(url: server.url, options: options).handle(request)
            #expect(response.status == 200)
            #expect(response.json?["modified"]?.bool == true)
            #expect(response.header("X-Inngest-Sync-Kind") == "out_of_band")
            #expect(server.requests.map { $0.json?["url"]?.string } == ["http://worker:3000/api/inngest"])
        }
    }

    @Test func `a refused registration is passed on with its reason`() async throws {
        try await ProtocolServer.run({ _, _ in (400, #"{"error":"Expected server kind dev, got cloud","status":400}"#) }
        ) {
            server in
            let request = try Self.signed(
                "PUT", "/api/inngest?deployId=d1", headers: [("Host", "w"), ("X-Inngest-Server-Kind", "dev")])
            let response = try await Self.serve(url: server.url).handle(request)
            #expect(response.status == 500)
            #expect(response.json?["message"]?.string?.contains("Expected server kind dev") == true)
            let sent = try #require(server.requests.first)
            #expect(sent.target == "/fn/register?deployId=d1")
            #expect(sent.headers["X-Inngest-Expected-Server-Kind"] == "dev")
        }
    }

    @Test func `a registration refused for its key is sent again with the old key`() async throws {
        try await ProtocolServer.run({ _, count in count == 0 ? (401, "Authentication failed") : (200, "{}") }) {
            server in
            let serve = try Self.serve(
                ["INNGEST_SIGNING_KEY": Self.key, "INNGEST_SIGNING_KEY_FALLBACK": Self.other], url: server.url)
            #expect(await serve.handle(try Self.signed("PUT", "/api/inngest")).status == 200)
            let bearers = try [Self.key, Self.other].map { "Bearer \(try SigningKey($0).bearerToken)" }
            #expect(server.requests.map { $0.headers["Authorization"] } == bearers)
        }
    }

    @Test func `a registration in the answer itself holds functions and inspection`() async throws {
        let request = try Self.signed(
            "PUT", "/api/inngest", Array(#"{"url":"http://w:1/api/inngest"}"#.utf8),
            headers: [("Host", "w:1"), ("X-Inngest-Sync-Kind", "in_band")])
        let response = try await Self.serve().handle(request)
        #expect(response.header("X-Inngest-Sync-Kind") == "in_band")
        #expect(response.json?["app_id"]?.string == "app")
        #expect(response.json?["functions"]?.elements?.first?["id"]?.string == "app-hello")
        #expect(response.json?["inspection"]?["authentication_succeeded"]?.bool == true)
        #expect(response.json?["url"]?.string == "http://w:1/api/inngest")
    }

    @Test func `a streamed answer is an envelope behind status 201`() async throws {
        var options = Serve.Options()
        options.streams = true
        let response = try await Self.serve(options: options).handle(try Self.signed("POST", Self.call, Self.body()))
        #expect(response.status == 201)
        guard case .stream(let pieces) = response.body else { throw NoStream() }
        let bytes = await pieces.reduce(into: []) { $0 += $1 }
        let envelope = try RawJSON(validating: bytes)
        #expect(envelope["status"]?.integer == 206)
        #expect(envelope["version"]?.integer == 2)
        let body = try RawJSON(validating: Array((envelope["body"]?.string ?? "").utf8))
        #expect(body.elements?.first?["op"]?.string == "StepRun")
        #expect(envelope["headers"]?["X-Inngest-SDK"]?.string == SDKIdentity.header)
    }

    @Test func `a streamed answer that its envelope makes too large is refused in one that is not`() async throws {
        var options = Serve.Options()
        options.streams = true
        // Each quotation mark takes two bytes in the result, and four in the envelope.
        let function = Function("quotes", on: Ping.self) { _, _ in String(repeating: "\"", count: 2_097_150) }
        let serve = try Self.serve(["INNGEST_DEV": "1"], options: options, functions: [function])
        let target = "/api/inngest?fnId=app-quotes&stepId=step"
        let response = await serve.handle(ServeRequest(method: "POST", target: target, body: Self.body()))
        guard case .stream(let pieces) = response.body else { throw NoStream() }
        let envelope = try RawJSON(validating: await pieces.reduce(into: []) { $0 += $1 })
        #expect(envelope["status"]?.integer == 400)
        #expect(envelope["body"]?.string?.contains("SW0214") == true)
    }

    @Test func `state that was too large for the call is fetched`() async throws {
        let hash = StepHash(of: "greet").hex
        try await ProtocolServer.run({ request, _ in
            request.target.hasSuffix("/actions")
                ? (200, #"{"\#(hash)":{"data":"kept"}}"#)
                : (200, #"[{"data":{},"id":"e1","name":"test.event","ts":1}]"#)
        }) { server in
            let body = Array(
                #"{"ctx":{"run_id":"R1","use_api":true},"event":{},"events":[],"steps":{},"use_api":true}"#.utf8)
            let response = try await Self.serve(url: server.url).handle(try Self.signed("POST", Self.call, body))
            #expect(response.status == 200)
            #expect(String(decoding: response.bytes, as: UTF8.self) == #""kept""#)
            #expect(server.requests.map(\.target) == ["/v0/runs/R1/actions", "/v0/runs/R1/batch"])
            #expect(
                server.requests.allSatisfy { $0.headers["Authorization"]?.hasPrefix("Bearer signkey-test-") == true })
        }
    }

    @Test func `fetched state is taken in the order in which it was recorded`() async throws {
        let (a, b) = (StepHash(of: "a"), StepHash(of: "b"))
        try await ProtocolServer.run({ _, _ in
            (200, #"{"\#(b.hex)":{"data":2},"\#(a.hex)":{"data":1}}"#)
        }) { server in
            let context = #"{"run_id":"R1","stack":{"current":1,"stack":["\#(a.hex)"]},"use_api":true}"#
            let body = Array(#"{"ctx":\#(context),"events":[{"name":"test.event"}],"steps":{}}"#.utf8)
            let client = Client.test(url: server.url)
            let state = RunState(client: client, keys: try SigningKeys(try client.settings.get()))
            let envelope = try await state.complete(try RunCall.envelope(of: body, stepID: "step"))
            #expect(try RunCall(envelope, byteCount: 0).stack == [b, a])
        }
    }

    @Test func `a run that fails reaches the failure function with error and event`() async throws {
        let journal = Journal()
        let function = Self.hello.onFailure { failed, step in
            journal.note("\(failed.runID) \(failed.error.name) \(failed.error.message) \(failed.event.data.text ?? "")")
        }
        let data =
            #"{"error":{"name":"Broken","message":"it broke"},"event":{"name":"test.event","data":{"text":"Ada"}},"#
            + #""function_id":"app-hello","run_id":"R0"}"#
        let event = #"{"name":"inngest/function.failed","id":"R0","ts":1,"data":\#(data)}"#
        let body = Array(#"{"ctx":{"run_id":"R1"},"event":\#(event),"events":[\#(event)],"steps":{}}"#.utf8)
        let serve = try Self.serve(["INNGEST_DEV": "1"], functions: [function])
        let target = "/api/inngest?fnId=app-hello-failure&stepId=step"
        #expect(await serve.handle(ServeRequest(method: "POST", target: target, body: body)).status == 200)
        #expect(journal.entries == ["R0 Broken it broke Ada"])
    }

    @Test func `two functions of one id are refused`() throws {
        let error = try #require(throws: StepwellError.self) { try Self.serve(functions: [Self.hello, Self.hello]) }
        #expect(error.code == .functionRepeated)
    }

    struct NoStream: Error {}
}

extension ServeResponse {
    var bytes: [UInt8] {
        guard case .bytes(let bytes) = body else { return [] }
        return bytes
    }

    var json: RawJSON? { try? RawJSON(validating: bytes) }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
