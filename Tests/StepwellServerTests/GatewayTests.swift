import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// Requests that the server makes on a step's behalf, over sockets.
@Suite(.timeLimit(.minutes(3)))
struct GatewayTests {
    /// Asks for the request that the event's data describe, and returns the memo.
    private static func worker(_ kind: Opcode.Kind = .gateway) throws -> ScriptedWorker {
        try ScriptedWorker { call in
            if let memo = call.memo("get") { return .complete(memo.text) }
            return .report(
                Opcode(kind, id: StepID.hashed("get"), displayName: "get", options: call.event.slice["data"]?.raw))
        }
    }

    /// Somebody else's server, which says what it was asked.
    private func echo() throws -> ScriptedWorker {
        let echo = try ScriptedWorker()
        let loop = echo.loop
        echo.takeOver { request, responder in
            switch request.target {
            case "/moved": responder.respond(status: 302, headers: ["Location": "/there?x=1"])
            case "/away": responder.respond(status: 307, headers: ["Location": "http://127.0.0.1:1/there"])
            case "/kept": responder.respond(status: 307, headers: ["Location": "/there"])
            case "/trap": responder.respond(status: 307, headers: ["Location": "http://169.254.169.254/latest"])
            case "/circle": responder.respond(status: 307, headers: ["Location": "/circle"])
            case "/large": responder.respond(status: 200, body: [UInt8](repeating: 0x61, count: (4 << 20) + 1))
            case "/swelling": responder.respond(status: 200, body: [UInt8](repeating: 0x01, count: 1 << 20))
            case "/slow":
                loop.schedule(after: .milliseconds(50)) {
                    responder.respond(status: 307, headers: ["Location": "/slow"])
                }
            case "/bytes": responder.respond(status: 200, body: [0x61, 0xFF])
            default:
                let headers = ["Authorization", "X-Own", "x-api-key", "Content-Type"].compactMap { name in
                    request.headers[name].map { "\(name): \($0)" }
                }
                let text =
                    "\(request.method) \(request.target) \(headers) \(String(decoding: request.body, as: UTF8.self))"
                responder.respond(
                    status: request.target.hasPrefix("/404") ? 404 : 200,
                    headers: ["Content-Type": "text/plain", "Set-Cookie": "a", "set-cookie": "b"],
                    body: Array(text.utf8))
            }
        }
        return echo
    }

    private func memo(
        _ options: String, _ kind: Opcode.Kind = .gateway, retries: Int = 0,
        configure: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> (memo: RawJSON, run: RunRecord, bed: TestBed) {
        let worker = try Self.worker(kind)
        let bed = try TestBed(configure: configure)
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: retries))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":\#(options)}"#))
        return (try RawJSON(validating: Array(run.output.utf8)), run, bed)
    }

    @Test func `a request is made as described, and its answer is recorded with its status`() async throws {
        let echo = try echo()
        let url = "http://127.0.0.1:\(echo.port)/404/x?q=1"
        let (memo, _, _) = try await memo(
            #"{"url":"\#(url)","method":"put","headers":{"X-Own":"1","Host":"nobody"},"body":"text"}"#)
        let data = try #require(memo["data"])
        #expect(data["status_code"]?.integer == 404)
        #expect(data["url"]?.string == url)
        #expect(
            data["body"]?.string
                == #"PUT /404/x?q=1 ["X-Own: 1", "Content-Type: text/plain;charset=UTF-8"] text"#)
        #expect(data["headers"]?["Set-Cookie"]?.string == "a,b")
        #expect(data.members?.map(\.name) == ["body", "headers", "status_code", "url"])
    }

    @Test func `with a list of hosts requests go to these alone, also by a redirect, and inference too`() async throws {
        let echo = try echo()
        let port = echo.port
        func code(_ url: String, _ kind: Opcode.Kind = .gateway, hosts: [String]) async throws -> String? {
            let (memo, _, _) = try await memo(#"{"url":"\#(url)","format":"openai-chat"}"#, kind) {
                $0.fetchHosts = hosts
            }
            return memo.text.contains("--fetch-host") ? "refused" : "made"
        }
        let own = "http://127.0.0.1:\(port)"
        #expect(try await code("\(own)/x", hosts: ["127.0.0.1"]) == "made")
        #expect(try await code("\(own)/x", hosts: ["127.0.0.1:\(port)"]) == "made")
        #expect(try await code("\(own)/x", hosts: ["127.0.0.1:1", "example.com"]) == "refused")
        #expect(try await code("\(own)/x", .aiGateway, hosts: ["example.com"]) == "refused")
        #expect(try await code("http://localhost:\(port)/away", hosts: ["localhost"]) == "refused")
    }

    @Test func `without a method it posts, and bytes that are no text are replaced`() async throws {
        let echo = try echo()
        let (posted, _, _) = try await memo(#"{"url":"http://127.0.0.1:\#(echo.port)/a"}"#)
        #expect(posted.value(at: ["data", "body"])?.string == "POST /a [] ")
        let (bytes, _, _) = try await memo(#"{"url":"http://127.0.0.1:\#(echo.port)/bytes"}"#)
        #expect(bytes.value(at: ["data", "body"])?.string == "a\u{FFFD}")
    }

    @Test func `redirects are followed, and another origin learns no secret`() async throws {
        let (echo, other) = (try echo(), try ScriptedWorker())
        let base = "http://127.0.0.1:\(echo.port)"
        let (moved, _, _) = try await memo(#"{"url":"\#(base)/moved","body":"b"}"#)
        #expect(moved.value(at: ["data", "body"])?.string == "GET /there?x=1 [] ")
        #expect(moved.value(at: ["data", "url"])?.string == "\(base)/there?x=1")
        let (kept, _, _) = try await memo(#"{"url":"\#(base)/kept","body":"b","headers":{"X-Own":"1"}}"#)
        #expect(kept.value(at: ["data", "body"])?.string?.hasPrefix(#"POST /there ["X-Own: 1""#) == true)
        other.takeOver { _, responder in responder.respond(status: 307, headers: ["Location": "\(base)/there"]) }
        let (crossed, _, _) = try await memo(
            #"{"url":"http://127.0.0.1:\#(other.port)/","headers":{"X-Own":"1","Authorization":"s"},"body":"b"}"#)
        #expect(crossed.value(at: ["data", "body"])?.string?.hasPrefix(#"POST /there ["Content-Type"#) == true)
    }

    @Test(arguments: [
        (#""url":"http://169.254.169.254/latest/meta-data""#, "may not be called"),
        (#""url":"http://[fe80::1]/""#, "may not be called"), (#""url":"BASE/trap""#, "may not be called"),
        (#""url":"ftp://h/x""#, "absolute http or https URL"),
        (#""url":"http://u:secret@h/""#, "absolute http or https URL"),
        (#""url":"""#, "names no URL"), (#""x":1"#, "names no URL"),
        (#""url":"BASE/","method":"TRACE""#, "opts.method"),
        (#""url":"BASE/","headers":[1]"#, "opts.headers"), (#""url":"BASE/","headers":{"a":1}"#, "must be a string"),
        (#""url":"BASE/","headers":{"a b":"1"}"#, "cannot be sent"), (#""url":"BASE/","body":{}"#, "must be a string"),
        (#""url":"BASE/large""#, "larger than the 4194304 bytes"),
        (#""url":"BASE/swelling""#, "the limit is 4194304"),
        (#""url":"BASE/circle""#, "from redirect to redirect"),
        (#""url":"http://127.0.0.1:1/""#, "refused"),
    ])
    func `what cannot be fetched is the step's error, which the function may catch`(
        options: String, reason: String
    ) async throws {
        let echo = try echo()
        let base = "http://127.0.0.1:\(echo.port)"
        let (memo, run, _) = try await memo("{\(options.replacing("BASE", with: base))}")
        #expect(run.status == .completed)
        #expect(memo.value(at: ["error", "name"])?.string == "GatewayError")
        let message = memo.value(at: ["error", "message"])?.string ?? ""
        #expect(message.hasPrefix("SW0435: ") && message.contains(reason), "\(message)")
        #expect(!memo.text.contains("secret"))
    }

    @Test func `a connection that fails is tried again, and an answer that is there is not`() async throws {
        let port = try ReservedPort()
        let (memo, run, bed) = try await memo(#"{"url":"http://127.0.0.1:\#(port.port)/"}"#, retries: 2)
        #expect(memo["error"] != nil)
        #expect(try bed.reader.attempts(of: run.run.key).map { $0.attempt } == [0, 1, 2])
        #expect(try bed.reader.steps(of: run.run.key).map { $0.attempts } == [3])
    }

    @Test func `a request that takes too long is a failed attempt`() async throws {
        let held = Held()
        let slow = try ScriptedWorker()
        slow.takeOver { _, responder in held.keep(responder) }
        let worker = try Self.worker()
        let bed = try TestBed { $0.gatewayTimeout = .milliseconds(50) }
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 0))
        let url = "http://127.0.0.1:\(slow.port)/"
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"url":"\#(url)"}}"#))
        #expect(run.output.contains("request_timeout"))
        held.answerAll(with: .complete("1"))
    }

    @Test func `redirects that take too long together are a failed attempt, however short each is`() async throws {
        let echo = try echo()
        let worker = try Self.worker()
        let bed = try TestBed { $0.gatewayTimeout = .milliseconds(200) }
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 0))
        let url = "http://127.0.0.1:\(echo.port)/slow"
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"url":"\#(url)"}}"#))
        #expect(run.output.contains("request_timeout"), "\(run.output)")
    }

    @Test func `an answer that swells beyond a step's result is not asked for again`() async throws {
        let echo = try echo()
        let (memo, run, bed) = try await memo(#"{"url":"http://127.0.0.1:\#(echo.port)/swelling"}"#, retries: 2)
        #expect(memo.value(at: ["error", "error"])?.string == "output_too_large", "\(memo.text.prefix(200))")
        #expect(run.status == .completed)
        #expect(try bed.reader.steps(of: run.run.key).map { $0.attempts } == [1])
    }

    @Test func `a result is shown without the secrets of its URL, which the function sees`() async throws {
        let other = try ScriptedWorker()
        other.takeOver { request, responder in
            if request.target.hasPrefix("/from") {
                responder.respond(status: 307, headers: ["Location": "/to?sig=s3cret-to&page=2"])
            } else {
                responder.respond(
                    status: 200,
                    headers: [
                        "Location": "/next?token=s3cret-next", "Set-Cookie": "s3cret-cookie", "X-Plain": "shown",
                    ],
                    body: Array("done".utf8))
            }
        }
        let options = #"{"url":"http://127.0.0.1:\#(other.port)/from?token=s3cret-from"}"#
        let worker = try ScriptedWorker { call in
            if let memo = call.memo("get") {
                let secrets = ["?sig=s3cret-to&page=2", "s3cret-next", "s3cret-cookie"]
                return .complete("\(secrets.allSatisfy(memo.text.contains))")
            }
            return .report(
                Opcode(
                    .gateway, id: StepID.hashed("get"), displayName: "get",
                    options: RawJSON(validated: Array(options.utf8))))
        }
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#))
        #expect(run.output == "true")
        let shown = try await rest.get("/api/runs/\(run.run.id)").text
        #expect(!shown.contains("s3cret"), "\(shown)")
        for text in ["/to?sig=(redacted)&page=2", "/next?token=(redacted)", #""X-Plain":"shown""#, #""body":"done""#] {
            #expect(shown.contains(text), "\(text): \(shown)")
        }
    }

    // MARK: - Inference

    @Test(arguments: [
        ("", #"POST /v1 ["Authorization: Bearer s3cret", "Content-Type: application/json"] {"m":1}"#),
        ("openai-chat", #"POST /v1 ["Authorization: Bearer s3cret", "Content-Type: application/json"] {"m":1}"#),
        ("another", #"POST /v1 ["Authorization: Bearer s3cret", "Content-Type: application/json"] {"m":1}"#),
        ("anthropic", #"POST /v1 ["x-api-key: s3cret", "Content-Type: application/json"] {"m":1}"#),
        ("gemini", #"POST /v1?key=s3cret ["Content-Type: application/json"] {"m":1}"#),
        ("bedrock", #"POST /v1 ["Authorization: s3cret", "Content-Type: application/json"] {"m":1}"#),
    ])
    func `a provider is shown the key in its own way`(format: String, expected: String) async throws {
        let provider = try ScriptedWorker()
        provider.takeOver { request, responder in
            let headers = ["Authorization", "x-api-key", "Content-Type"].compactMap { name in
                request.headers[name].map { "\(name): \($0)" }
            }
            var json = JSONWriter()
            json.string(
                "\(request.method) \(request.target) \(headers) \(String(decoding: request.body, as: UTF8.self))")
            responder.respond(status: 200, body: json.bytes)
        }
        let url = "http://127.0.0.1:\(provider.port)/v1"
        let (memo, _, _) = try await memo(
            #"{"url":"\#(url)","auth_key":"s3cret","format":"\#(format)","body":{"m":1}}"#, .aiGateway)
        #expect(memo["data"]?.string == expected)
    }

    @Test func `a refusal is tried again, and the key is nowhere to be seen`() async throws {
        let provider = try ScriptedWorker()
        provider.takeOver { request, responder in
            let key = request.headers["Authorization"] ?? ""
            let others = #""\#(request.headers["X-Extra"] ?? "") \#(request.target) s3cret%2Fk s3cret-q/q""#
            responder.respond(
                status: 429, body: Array(#"{"error":"no credit for \#(key)","others":\#(others)}"#.utf8))
        }
        let worker = try Self.worker(.aiGateway)
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b", retries: 1))
        let url = "http://127.0.0.1:\(provider.port)/v1?api_key=s3cret-q%2Fq"
        // The options do not come from the event here, or the event would show them.
        let options =
            #"{"url":"\#(url)","auth_key":"s3cret/k","headers":{"X-Extra":"s3cret-h"},"format":"openai-chat","body":{}}"#
        worker.follow { call in
            if let memo = call.memo("get") { return .complete(memo.text) }
            return .report(
                Opcode(
                    .aiGateway, id: StepID.hashed("get"), displayName: "get",
                    options: RawJSON(validated: Array(options.utf8))))
        }
        let run = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#))
        let memo = try RawJSON(validating: Array(run.output.utf8))
        #expect(memo.value(at: ["error", "name"])?.string == "AIGatewayError")
        #expect(memo.value(at: ["error", "message"])?.string == "SW0435: The provider answered 429 Too Many Requests.")
        #expect(memo.value(at: ["error", "data", "error"])?.string == "no credit for (redacted)")
        #expect(
            memo.value(at: ["error", "data", "others"])?.string
                == "(redacted) /v1?api_key=(redacted) (redacted) (redacted)")
        let shown = try await rest.get("/api/runs/\(run.run.id)").text
        #expect(shown.contains("(redacted)") && shown.contains(#""kind":"inference""#))
        #expect(!shown.contains("s3cret"), "\(shown)")
        #expect(shown.contains(#""attempts":2"#))
    }

    @Test func `a request under way is shown without its secrets`() async throws {
        let held = Held()
        let started = Occurrence()
        let slow = try ScriptedWorker()
        slow.takeOver { _, responder in
            held.keep(responder)
            started.happen()
        }
        let rest = try RESTBed()
        let options = #"{"url":"http://127.0.0.1:\#(slow.port)/","auth_key":"s3cret","headers":{"X-Extra":"s3cret"}}"#
        let worker = try ScriptedWorker { call in
            if let memo = call.memo("get") { return .complete(memo.text) }
            return .report(
                Opcode(
                    .aiGateway, id: StepID.hashed("get"), displayName: "get",
                    options: RawJSON(validated: Array(options.utf8))))
        }
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b"}"#)
        try await started.happened()
        let run = try await rest.bed.eventually { try $0.runs(RunQuery(event: event)).rows.first?.run.id }
        let shown = try await rest.get("/api/runs/\(run)").text
        #expect(shown.contains(#""kind":"inference""#) && !shown.contains("s3cret"), "\(shown)")
        let why = try await rest.get("/api/runs/\(run)/why")
        #expect(why.text.contains(#""cause":"calling""#) && !why.text.contains("s3cret"))
        held.answerAll(with: .init(status: 200, body: Array("[1]".utf8)))
        #expect(try await rest.bed.run(of: event).output == #"{"data":[1]}"#)
    }

    @Test func `an answer that is no JSON is a failure`() async throws {
        let echo = try echo()
        let (memo, _, _) = try await memo(#"{"url":"http://127.0.0.1:\#(echo.port)/bytes"}"#, .aiGateway)
        #expect(memo.value(at: ["error", "message"])?.string?.contains("not JSON") == true)
    }
}
