import StepwellHTTP
import StepwellModel
import Testing

@testable import Stepwell

/// Steps that the server does, and the events that a step sends.
@Suite struct StepKindsTests {
    static let event = #"{"data":{"text":"Ada"},"id":"e2","name":"test.event","ts":1700000000000,"user":{}}"#

    static let waiting = Function("waiting", on: Ping.self) { _, step in
        let event = try await step.waitForEvent("wait", on: Ping.self, timeout: .seconds(60))
        return event.map { "\($0.id) \($0.data.text ?? "")" }
    }

    @Test func `a wait gives the event that came`() async throws {
        let answer = try await ScriptedServer(Self.waiting).runToEnd(waits: ["wait": Self.event])
        #expect(answer.body.text == #""e2 Ada""#)
    }

    @Test func `a wait whose time was up gives nothing`() async throws {
        #expect(try await ScriptedServer(Self.waiting).runToEnd().body.text == "null")
    }

    @Test func `a wait by name takes data of any shape`() async throws {
        let function = Function("any", on: Ping.self) { _, step in
            try await step.waitForEvent("wait", named: "test.event", timeout: .seconds(60))?.data["text"]?.string
        }
        let answer = try await ScriptedServer(function).runToEnd(waits: ["wait": Self.event])
        #expect(answer.body.text == #""Ada""#)
    }

    static let approving = Function("approving", on: Ping.self) { _, step in
        try await step.waitForSignal("wait", signal: "go", as: Ping.self, timeout: .seconds(60))?.text
    }

    @Test func `a wait for a signal gives its data, or nothing when the time was up`() async throws {
        let signal = #"{"data":{"signal":"go","data":{"text":"yes"}}}"#
        #expect(try await ScriptedServer(Self.approving).runToEnd(waits: ["wait": signal]).body.text == #""yes""#)
        #expect(try await ScriptedServer(Self.approving).runToEnd().body.text == "null")
    }

    @Test func `a signal without a name, and a wait for too long, are refused before the wait begins`() async throws {
        let nameless = Function("nameless", on: Ping.self) { _, step in
            _ = try await step.waitForSignal("wait", signal: "")
        }
        #expect(try await ScriptedServer(nameless).call().body["message"]?.string?.contains("SW0236") == true)
        let long = Function("long", on: Ping.self) { _, step in
            _ = try await step.waitForSignal("wait", signal: "s", timeout: .seconds(400 * 86_400))
        }
        #expect(try await ScriptedServer(long).call().body["message"]?.string?.contains("SW0212") == true)
    }

    @Test func `a signal is sent from a step, and nobody waiting is no error`() async throws {
        let function = Function("send", on: Ping.self) { _, step in
            let first = try await step.sendSignal("one", signal: "go", data: Ping(text: "yes"))
            let second = try await step.sendSignal("two", signal: "gone")
            return [first, second]
        }
        let answer: ProtocolServer.Answer = { request, _ in
            request.json?["signal"]?.string == "go"
                ? (200, #"{"data":{"run_id":"R1"},"metadata":{}}"#)
                : (404, #"{"code":"SW0510","error":"nobody","status":404}"#)
        }
        try await ProtocolServer.run(answer) { server in
            let environment = RunEnvironment(appID: "app", client: .test(url: server.url))
            let run = try ScriptedServer(function, runner: Runner(environment: environment))
            #expect(try await run.runToEnd().body.text == #"["R1",null]"#)
            #expect(server.requests.map(\.target) == ["/v1/signals", "/v1/signals"])
            #expect(
                server.requests.compactMap { $0.json?.text } == [
                    #"{"data":{"text":"yes"},"signal":"go"}"#, #"{"data":null,"signal":"gone"}"#,
                ])
            #expect(run.memos[StepHash(of: "one")] == #"{"data":{"runId":"R1"}}"#)
        }
    }

    @Test func `a fetch gives the answer that the server recorded, whatever its status`() async throws {
        let function = Function("get", on: Ping.self) { _, step in
            let answer = try await step.fetch("get", FetchRequest("https://h/x", method: "PUT", body: "b"))
            return
                "\(answer.status) \(answer.isSuccess) \(answer.header("CONTENT-type") ?? "") \(answer.body) \(answer.url)"
        }
        let memo = #"{"data":{"url":"https://h/y","headers":{"Content-Type":"a/b"},"body":"no","status_code":404}}"#
        let run = try ScriptedServer(function)
        #expect(try await run.runToEnd(waits: ["get": memo]).body.text == #""404 false a/b no https://h/y""#)
    }

    @Test func `a fetch that failed is a step error`() async throws {
        let function = Function("get", on: Ping.self) { _, step in
            do {
                return try await step.fetch("get", "https://h/x").body
            } catch let error as StepError {
                return error.name
            }
        }
        let memo = #"{"error":{"name":"GatewayError","message":"refused"}}"#
        #expect(try await ScriptedServer(function).runToEnd(waits: ["get": memo]).body.text == #""GatewayError""#)
    }

    @Test func `an inference gives the provider's answer as a type, and no description shows the key`() async throws {
        let provider = InferenceProvider.anthropic(key: "s3cret")
        let function = Function("ask", on: Ping.self) { _, step in
            try await step.ai.infer("ask", provider: provider, body: ["q": "?"], as: Ping.self).text
        }
        #expect(
            try await ScriptedServer(function).runToEnd(waits: ["ask": #"{"data":{"text":"42"}}"#]).body.text
                == #""42""#)
        #expect(!"\(provider) \(String(reflecting: provider))".contains("s3cret"))
        var dumped = ""
        dump(provider, to: &dumped)
        #expect(!dumped.contains("s3cret"))
    }

    static let either = Function("either", on: Ping.self) { _, step in
        let event = try await step.waitForAny(
            "either", [.event(Ping.self, match: "data.id"), .event(named: "b", since: .last(.seconds(60)))],
            timeout: .seconds(60))
        return event?.name
    }

    @Test func `the first of several events is given, whichever it is, or nothing when none came`() async throws {
        let other = #"{"data":{},"id":"e3","name":"b","ts":1700000000000,"user":{}}"#
        let first = try ScriptedServer(Self.either)
        #expect(try await first.runToEnd(waits: ["either 1: test.event": Self.event]).body.text == #""test.event""#)
        #expect(try await ScriptedServer(Self.either).runToEnd(waits: ["either 2: b": other]).body.text == #""b""#)
        #expect(try await ScriptedServer(Self.either).runToEnd().body.text == "null")
    }

    @Test func `waits for any under one id at the same time end apart`() async throws {
        let function = Function("twice", on: Ping.self) { _, step in
            async let first = step.waitForAny("any", [.event(named: "a"), .event(named: "b")], timeout: .seconds(60))
            async let second = step.waitForAny("any", [.event(named: "a"), .event(named: "c")], timeout: .seconds(60))
            return [try await first?.name, try await second?.name]
        }
        let reports = try await ScriptedServer(function).reports()
        let groups = Dictionary(grouping: reports) { $0.json["opts"]?["any"]?.string ?? "" }
        let events = groups.mapValues { $0.compactMap { $0.json["opts"]?["event"]?.string }.sorted() }
        #expect(events == ["any 1: a": ["a", "b"], "any 1: a:1": ["a", "c"]])
    }

    @Test func `all of several events are given in their order, or nothing when one is missing`() async throws {
        let function = Function("all", on: Ping.self) { _, step in
            try await step.waitForAll("all", [.event(Ping.self), .event(named: "b")], timeout: .seconds(60))?.map(
                \.name)
        }
        let other = #"{"data":{},"id":"e3","name":"b","ts":1700000000000,"user":{}}"#
        let both = ["all 2: b": other, "all 1: test.event": Self.event]
        #expect(try await ScriptedServer(function).runToEnd(waits: both).body.text == #"["test.event","b"]"#)
        #expect(try await ScriptedServer(function).runToEnd(waits: ["all 2: b": other]).body.text == "null")
    }

    @Test func `no events at all are nothing to wait for`() async throws {
        let function = Function("none", on: Ping.self) { _, step in
            let any = try await step.waitForAny("any", [], timeout: .seconds(1))
            let all = try await step.waitForAll("all", [], timeout: .seconds(1))
            return [any == nil ? 0 : 1, all?.count ?? -1]
        }
        #expect(try await ScriptedServer(function).call().body.text == "[0,0]")
    }

    @Test func `a wait that looks back by too much is refused before it begins`() async throws {
        let function = Function("long", on: Ping.self) { _, step in
            _ = try await step.waitForEvent(
                "wait", on: Ping.self, timeout: .seconds(1), since: .last(.seconds(400 * 86_400)))
        }
        #expect(try await ScriptedServer(function).call().body["message"]?.string?.contains("SW0212") == true)
    }

    static let later = Function("later", input: Ping.self, triggers: [.deferred]) { _, _ in }

    @Test func `a deferred function rides with the next step, once, and with the result when none follows`()
        async throws
    {
        let function = Function("defers", on: Ping.self) { _, step in
            let first = try step.defer("later", Self.later, with: Ping(text: "a"))
            try step.defer("later", Self.later, with: Ping(text: "b"))
            try await step.run("one") {}
            try step.abort(first)
            return "done"
        }
        let run = try ScriptedServer(function)
        let reports = try await run.reports()
        #expect(reports.map(\.op) == ["DeferAdd", "DeferAdd", "StepRun"])
        #expect(
            reports[0].json["opts"]?.text == #"{"fn_slug":"app-later","input":{"text":"a"}}"#)
        #expect(reports.map(\.hash) == [StepHash(of: "later"), StepHash(of: "later:1"), StepHash(of: "one")])
        run.defers = [reports[0].hash: true, reports[1].hash: true]
        run.record("one", #"{"data":null}"#)
        let end = try await run.call()
        #expect(end.status == 206)
        #expect(try end.reports.map(\.op) == ["DeferAbort", "RunComplete"])
        #expect(try end.reports.last?.data == #""done""#)
        // A new copy of the run, for a server that knows everything, has nothing to tell.
        let again = try ScriptedServer(function, runID: "01HZZZZZZZZZZZZZZZZZZZZZZY")
        again.defers = [reports[0].hash: false, reports[1].hash: true]
        again.record("one", #"{"data":null}"#)
        #expect(try await again.call().body.text == #""done""#)
    }

    @Test func `a reply that was lost is repeated with what rode with it`() async throws {
        let function = Function("defers", on: Ping.self) { _, step in
            try step.defer("later", Self.later, with: Ping())
            try await step.run("one") {}
        }
        let run = try ScriptedServer(function)
        #expect(try await run.reports().map(\.op) == ["DeferAdd", "StepRun"])
        #expect(try await run.reports().map(\.op) == ["DeferAdd", "StepRun"])
    }

    @Test func `nothing is deferred inside a step, and only with an object`() async throws {
        let nested = Function("nested", on: Ping.self) { _, step in
            try await step.run("one") { _ = try step.defer("later", Self.later, with: Ping()) }
        }
        let reports = try await ScriptedServer(nested).reports()
        #expect(reports.first?.error?["message"]?.string?.contains("SW0207") == true)
        let other = Function("other", input: Int.self, triggers: [.deferred]) { _, _ in }
        let scalar = Function("scalar", on: Ping.self) { _, step in _ = try step.defer("later", other, with: 1) }
        #expect(try await ScriptedServer(scalar).call().body["message"]?.string?.contains("SW0205") == true)
    }

    @Test func `a function that is deferred is registered for the event that says so`() {
        let configuration = Self.later.definition.configurations(app: "app", url: "http://h/x").first
        #expect(
            configuration?.json["triggers"]?.text
                == #"[{"event":"inngest/deferred.schedule","expression":"event.data._inngest.fn_slug == 'app-later'"}]"#
        )
    }

    @Test func `a sleep goes on behind it`() async throws {
        let function = Function("nap", on: Ping.self) { _, step in
            try await step.sleep("nap", for: .seconds(1))
            return "awake"
        }
        #expect(try await ScriptedServer(function).runToEnd().body.text == #""awake""#)
    }

    @Test func `a sleep of more than 366 days is refused before it begins`() async throws {
        let function = Function("long", on: Ping.self) { _, step in
            try await step.sleep("nap", for: .seconds(400 * 86_400))
        }
        let answer = try await ScriptedServer(function).call()
        #expect(answer.status == 400)
        #expect(answer.body["message"]?.string?.contains("SW0212") == true)
    }

    static let price = Function("price", input: Ping.self) { event, _ in event.data.text?.count ?? 0 }

    @Test func `an invocation gives what the other function returned`() async throws {
        let function = Function("ask", on: Ping.self) { _, step in
            try await step.invoke("price", Self.price, with: Ping(text: "four")) + 1
        }
        let answer = try await ScriptedServer(function).runToEnd(waits: ["price": #"{"data":4}"#])
        #expect(answer.body.text == "5")
    }

    @Test func `an invocation that failed is a step error`() async throws {
        let function = Function("ask", on: Ping.self) { _, step in
            do {
                return "\(try await step.invoke("price", Self.price, with: Ping()))"
            } catch let error as StepError {
                return error.name
            }
        }
        let error = #"{"error":{"name":"InngestInvokeTimeoutError","message":"Timed out"}}"#
        let answer = try await ScriptedServer(function).runToEnd(waits: ["price": error])
        #expect(answer.body.text == #""InngestInvokeTimeoutError""#)
    }

    @Test func `a function without a result can be invoked`() async throws {
        let other = Function("other", input: Ping.self) { _, _ in }
        let function = Function("ask", on: Ping.self) { _, step in
            try await step.invoke("other", other, with: Ping())
            return "done"
        }
        let answer = try await ScriptedServer(function).runToEnd(waits: ["other": #"{"data":null}"#])
        #expect(answer.body.text == #""done""#)
    }

    @Test func `sent events carry ids made of run, step and place, unless they have their own`() async throws {
        let function = Function("send", on: Ping.self) { _, step in
            try await step.send("one", Ping())
            return try await step.send("one", [OutgoingEvent(Ping()), OutgoingEvent(Ping(), id: "own")])
        }
        try await ProtocolServer.run(ClientTests.accepted) { server in
            let environment = RunEnvironment(appID: "app", client: .test(url: server.url))
            let run = try ScriptedServer(function, runner: Runner(environment: environment))
            #expect(try await run.runToEnd().body.text == #"["id-0","id-1"]"#)
            let ids = server.requests.flatMap { $0.json?.elements?.map { $0["id"]?.string } ?? [] }
            let (first, second) = (StepHash(of: "one").hex, StepHash(of: "one:1").hex)
            #expect(ids == ["\(run.runID)-\(first)-0", "\(run.runID)-\(second)-0", "own"])
        }
    }

    @Test func `a step without a result is recorded as null`() async throws {
        let function = Function("void", on: Ping.self) { _, step in try await step.run("a") {} }
        #expect(try await ScriptedServer(function).reports().map(\.data) == ["null"])
    }

    @Test func `an optional result can be nothing`() async throws {
        let function = Function("maybe", on: Ping.self) { _, step in
            try await step.run("a") { nil as Int? }.map { "\($0)" } ?? "nothing"
        }
        #expect(try await ScriptedServer(function).runToEnd().body.text == #""nothing""#)
    }

    @Test func `a function of several triggers tells its events apart`() async throws {
        let function = Function("several", triggers: [.event(Ping.self), .event("other")]) { event, _ in
            try event.as(Ping.self)?.data.text ?? event.data["x"]?.string ?? ""
        }
        #expect(try await ScriptedServer(function, event: Self.event).call().body.text == #""Ada""#)
        let other = #"{"data":{"x":"y"},"id":"e","name":"other","ts":1}"#
        #expect(try await ScriptedServer(function, event: other).call().body.text == #""y""#)
    }

    @Test func `a batch holds all its events`() throws {
        let events = try ["a", "b"].map { text in
            try RawJSON(
                validating: Array(#"{"data":{"text":"\#(text)"},"id":"\#(text)","name":"test.event","ts":1}"#.utf8)
            ).slice
        }
        let event = try ReceivedEvent<Ping>(batch: events)
        #expect(event.id == "a")
        #expect(event.batch.map(\.data.text) == ["a", "b"])
    }
}
