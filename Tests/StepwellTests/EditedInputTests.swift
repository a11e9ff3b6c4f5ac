import StepwellModel
import Testing

@testable import Stepwell

/// What a step works on, and what it works on when an operator says otherwise.
@Suite struct EditedInputTests {
    struct Charge: Codable, Sendable { var amount: Int }

    static let charging = Function("charge", on: Ping.self) { _, step in
        try await step.run("charge", input: Charge(amount: 1)) { charge in charge.amount * 10 }
    }

    private static func calls(_ function: some DurableFunction, input: String?, of step: String) async throws
        -> CallReply
    {
        let server = try ScriptedServer(function)
        if let input { server.memos[StepHash(of: step)] = #"{"input":\#(input)}"# }
        return try await server.call()
    }

    @Test(arguments: [(nil, "10"), (#"[{"amount":7}]"#, "70")])
    func `a body works on its input, or on the one that an operator gave`(
        input: String?, result: String
    ) async throws {
        let reports = try await Self.calls(Self.charging, input: input, of: "charge").reports
        #expect(reports.map(\.data) == [result])
        #expect(reports.first?.json["opts"]?.text == #"{"type":"step.run","input":[{"amount":1}]}"#)
    }

    @Test func `steps in parallel have each its own input`() async throws {
        let function = Function("two", on: Ping.self) { _, step in
            async let one = step.run("one", input: 1) { $0 + 1 }
            async let two = step.run("two", input: 2) { $0 + 1 }
            return try await one + two
        }
        let server = try ScriptedServer(function)
        server.memos[StepHash(of: "two")] = #"{"input":[40]}"#
        #expect(try await server.reports().map(\.op) == ["StepPlanned", "StepPlanned"])
        #expect(try await server.reports(target: "two").map(\.data) == ["41"])
        #expect(try await server.reports(target: "one").map(\.data) == ["2"])
    }

    static let asking = Function("ask", on: Ping.self) { _, step in
        let wrapped = try await step.ai.wrap("wrap", input: "prompt") { prompt in "\(prompt)!" }
        _ = try await step.ai.infer(
            "infer", provider: .openAI(key: "k"), body: ["model": "m", "text": wrapped])
    }

    @Test func `a wrapped model is a step with its prompt as input`() async throws {
        let report = try #require(try await Self.calls(Self.asking, input: #"["other"]"#, of: "wrap").reports.first)
        #expect(report.data == #""other!""#)
        #expect(report.json["opts"]?.text == #"{"type":"step.ai.wrap","input":["prompt"]}"#)
    }

    @Test func `edits of an inference replace members of its body`() async throws {
        let server = try ScriptedServer(Self.asking)
        server.record("wrap", #"{"data":"x"}"#)
        server.memos[StepHash(of: "infer")] = #"{"input":[{"text":"y","n":1}]}"#
        let options = try #require(try await server.reports().first?.json["opts"])
        #expect(options["body"]?.text == #"{"model":"m","text":"y","n":1}"#)
        #expect(options["auth_key"]?.string == "k")
    }

    @Test func `edits of a request and of an invocation replace their members`() async throws {
        let other = Function("other", input: Charge.self) { event, _ in event.data.amount }
        let function = Function("fetch", on: Ping.self) { _, step in
            _ = try await step.fetch("get", FetchRequest("http://h/a", headers: ["A": "1"]))
            return try await step.invoke("other", other, with: Charge(amount: 1))
        }
        let server = try ScriptedServer(function)
        server.memos[StepHash(of: "get")] = #"{"input":[{"url":"http://h/b"}]}"#
        let get = try #require(try await server.reports().first?.json["opts"])
        #expect(get["url"]?.string == "http://h/b")
        #expect(get["headers"]?.text == #"{"A":"1"}"#)
        server.record("get", #"{"data":{"url":"","headers":{},"body":"","status_code":200}}"#)
        server.memos[StepHash(of: "other")] = #"{"input":[{"amount":9}]}"#
        #expect(try await server.reports().first?.json["opts"]?["payload"]?["data"]?.text == #"{"amount":9}"#)
    }

    static let refused: [(String, String)] = [
        ("charge", "[]"), ("charge", "[1,2]"), ("plain", "[1]"), ("nap", "[1]"), ("get", "[1]"),
    ]

    @Test(arguments: refused) func `an input that a step cannot take is refused for good`(
        step name: String, input: String
    ) async throws {
        let function = Function("refuses", on: Ping.self) { _, step in
            switch name {
            case "charge": _ = try await step.run("charge", input: Charge(amount: 1)) { $0.amount }
            case "plain": try await step.run("plain") {}
            case "nap": try await step.sleep("nap", for: .seconds(1))
            default: _ = try await step.fetch("get", "http://h/")
            }
        }
        let reply = try await Self.calls(function, input: input, of: name)
        #expect(reply.status == 400 && reply.noRetry == true, "\(reply.body.text)")
        #expect(reply.body["message"]?.string?.hasPrefix("SW0238") == true)
    }

    @Test func `an input of another shape is the step's error, for good`() async throws {
        let reply = try await Self.calls(Self.charging, input: #"[{"amount":"much"}]"#, of: "charge")
        #expect(try reply.reports.map(\.op) == ["StepFailed"])
        #expect(try reply.reports.first?.error?["message"]?.string?.hasPrefix("SW0238") == true)
    }
}
