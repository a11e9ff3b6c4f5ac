import StepwellModel
import StepwellWire
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@testable import Stepwell

/// The bytes of a worker's answers to calls, from PROTOCOL 3.3 to 3.5.
@Suite struct CallContractTests {
    struct Broken: Error, CustomStringConvertible {
        var description: String { "it broke" }
    }

    static let runID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"

    static func answer(_ context: String = "", body: @escaping @Sendable (Step) async throws -> Void) async throws
        -> ServeResponse
    {
        let function = Function("f", on: Ordered.self) { _, step in try await body(step) }
        let app = App(
            client: Client(id: "shop", environment: ["INNGEST_DEV": "1"], log: Log(level: .error) { _ in }),
            functions: [function])
        let event = #"{"data":{"total":7},"id":"e1","name":"shop/order.placed","ts":1700000000000,"user":{}}"#
        let call =
            #"{"ctx":{"attempt":0,\#(context)"env":"","fn_id":"8f6b7ac5-0000-4000-a000-000000000000","generation_id":1,"#
            + #""job_id":"j","max_attempts":4,"qi_id":"q","request_id":"r","run_id":"\#(runID)","#
            + #""stack":{"current":0,"stack":[]},"step_id":"step","use_api":false},"defers":{},"event":\#(event),"#
            + #""events":[\#(event)],"steps":{},"use_api":false,"version":-1}"#
        let target = "/api/inngest?fnId=shop-f&stepId=step"
        return try await Serve(app).handle(ServeRequest(method: "POST", target: target, body: Array(call.utf8)))
    }

    static func text(_ response: ServeResponse) -> String {
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func headers(_ response: ServeResponse) -> [String] {
        response.headers.map { "\($0.name): \($0.value)" }
    }

    static let common = [
        "Content-Type: application/json", "X-Inngest-SDK: stepwell-swift:v0.1.0", "X-Inngest-Framework: stepwell",
        "X-Inngest-Req-Version: 2",
    ]

    static let id = #""id":"e7d8a2f140845095749d60246ff1110c9d01d76a""#
    static let userland = #""userland":{"id":"my-step-id","index":0}"#

    @Test func `a function that returned`() async throws {
        let response = try await Self.answer { _ in }
        #expect(response.status == 200)
        #expect(Self.text(response) == "null")
        #expect(Self.headers(response) == Self.common)
    }

    @Test func `StepRun`() async throws {
        let response = try await Self.answer { step in
            _ = try await step.run("my-step-id") { ["a": 1] }
        }
        #expect(response.status == 206)
        #expect(Self.headers(response) == Self.common)
        #expect(
            Self.text(response)
                == #"[{"op":"StepRun",\#(Self.id),"name":"my-step-id","displayName":"my-step-id","#
                + #""opts":{"type":"step.run"},"data":{"a":1},\#(Self.userland)}]"#)
    }

    static func failed(_ op: String, name: String) -> String {
        let error =
            #""message":"it broke","name":"\#(name)","stack":"\#(name): it broke\n    in step 'my-step-id' of function 'f'""#
        return #"[{"op":"\#(op)",\#(id),"name":"my-step-id","displayName":"my-step-id","#
            + #""opts":{"type":"step.run"},"error":{\#(error)},\#(userland)}]"#
    }

    @Test func `StepError`() async throws {
        let response = try await Self.answer { step in try await step.run("my-step-id") { throw Broken() } }
        #expect(response.status == 206)
        #expect(Self.headers(response) == Self.common + ["X-Inngest-No-Retry: false"])
        #expect(Self.text(response) == Self.failed("StepError", name: "Broken"))
    }

    @Test func `StepError with a time for the next attempt`() async throws {
        let response = try await Self.answer { step in
            try await step.run("my-step-id") { throw RetryAfter(.seconds(90), "it broke") }
        }
        #expect(Self.headers(response) == Self.common + ["X-Inngest-No-Retry: false", "Retry-After: 90"])
        #expect(Self.text(response) == Self.failed("StepError", name: "RetryAfterError"))
    }

    @Test func `StepFailed`() async throws {
        let response = try await Self.answer { step in
            try await step.run("my-step-id") { throw NonRetriableError("it broke") }
        }
        #expect(response.status == 206)
        #expect(Self.headers(response) == Self.common + ["X-Inngest-No-Retry: true"])
        #expect(Self.text(response) == Self.failed("StepFailed", name: "NonRetriableError"))
    }

    @Test func `StepPlanned, twice of one name`() async throws {
        let response = try await Self.answer { step in
            async let one = step.run("my-step-id") { 1 }
            async let two = step.run("my-step-id") { 2 }
            _ = try await one + two
        }
        let second = StepID.hashed("my-step-id", repetition: 1)
        #expect(
            Self.text(response)
                == #"[{"op":"StepPlanned",\#(Self.id),"name":"my-step-id","displayName":"my-step-id","#
                + #""opts":{"type":"step.run"},\#(Self.userland)},{"op":"StepPlanned","id":"\#(second)","#
                + #""name":"my-step-id","displayName":"my-step-id","opts":{"type":"step.run"},"#
                + #""userland":{"id":"my-step-id","index":1}}]"#)
    }

    @Test func `StepPlanned when the server wants no step run at once`() async throws {
        let response = try await Self.answer(#""disable_immediate_execution":true,"#) { step in
            _ = try await step.run("my-step-id") { 1 }
        }
        #expect(
            Self.text(response)
                == #"[{"op":"StepPlanned",\#(Self.id),"name":"my-step-id","displayName":"my-step-id","#
                + #""opts":{"type":"step.run"},\#(Self.userland)}]"#)
    }

    @Test func `Sleep`() async throws {
        let response = try await Self.answer { step in try await step.sleep("my-step-id", for: .seconds(93_784)) }
        #expect(
            Self.text(response)
                == #"[{"op":"Sleep",\#(Self.id),"name":"1d2h3m4s","displayName":"my-step-id","#
                + #""opts":{"duration":"1d2h3m4s"},\#(Self.userland)}]"#)
    }

    @Test func `Sleep until a date`() async throws {
        let response = try await Self.answer { step in
            try await step.sleep("my-step-id", until: Date(timeIntervalSince1970: 1_700_000_000.5))
        }
        #expect(
            Self.text(response)
                == #"[{"op":"Sleep",\#(Self.id),"name":"2023-11-14T22:13:20.500Z","displayName":"my-step-id","#
                + #""opts":{"duration":"2023-11-14T22:13:20.500Z"},\#(Self.userland)}]"#)
    }

    @Test func `WaitForEvent`() async throws {
        let response = try await Self.answer { step in
            _ = try await step.waitForEvent("my-step-id", on: Ordered.self, match: "data.id", timeout: .seconds(3_600))
        }
        #expect(
            Self.text(response)
                == #"[{"op":"WaitForEvent",\#(Self.id),"name":"shop/order.placed","displayName":"my-step-id","#
                + #""opts":{"event":"shop/order.placed","if":"event.data.id == async.data.id","timeout":"1h"},"#
                + #"\#(Self.userland)}]"#)
    }

    @Test func `WaitForEvent that looks back, and the first of several`() async throws {
        let response = try await Self.answer { step in
            _ = try await step.waitForAny(
                "my-step-id", [.event(named: "a", since: .runStart), .event(named: "b", since: .last(.seconds(90)))],
                timeout: .seconds(60))
        }
        func report(_ name: String, _ event: String, _ since: String) -> String {
            #"{"op":"WaitForEvent","id":"\#(StepID.hashed(name))","name":"\#(event)","displayName":"\#(name)","#
                + #""opts":{"event":"\#(event)","timeout":"1m","since":"\#(since)","any":"my-step-id 1: a"},"#
                + #""userland":{"id":"\#(name)","index":0}}"#
        }
        #expect(
            Self.text(response)
                == "[\(report("my-step-id 1: a", "a", "run_start")),\(report("my-step-id 2: b", "b", "1m30s"))]")
    }

    @Test func `DeferAdd and DeferAbort beside a step`() async throws {
        let later = Function("later", input: Ordered.self, triggers: [.deferred]) { _, _ in }
        let response = try await Self.answer { step in
            try step.abort(try step.defer("my-step-id", later, with: Ordered(total: 7)))
            try await step.sleep("nap", for: .seconds(1))
        }
        let target = StepID.hashed("my-step-id")
        let abort = "abort \(target)"
        #expect(
            Self.text(response)
                == #"[{"op":"DeferAdd",\#(Self.id),"name":"my-step-id","displayName":"my-step-id","#
                + #""opts":{"fn_slug":"shop-later","input":{"total":7}},\#(Self.userland)},"#
                + #"{"op":"DeferAbort","id":"\#(StepID.hashed(abort))","name":"\#(abort)","displayName":"my-step-id","#
                + #""opts":{"target_hashed_id":"\#(target)"},"userland":{"id":"\#(abort)","index":0}},"#
                + #"{"op":"Sleep","id":"\#(StepID.hashed("nap"))","name":"1s","displayName":"nap","#
                + #""opts":{"duration":"1s"},"userland":{"id":"nap","index":0}}]"#)
    }

    @Test func `WaitForSignal`() async throws {
        let response = try await Self.answer { step in
            _ = try await step.waitForSignal("my-step-id", signal: "go", timeout: .seconds(3_600), onConflict: .replace)
        }
        #expect(
            Self.text(response)
                == #"[{"op":"WaitForSignal",\#(Self.id),"name":"go","displayName":"my-step-id","#
                + #""opts":{"signal":"go","timeout":"1h","conflict":"replace"},\#(Self.userland)}]"#)
    }

    @Test func `Gateway`() async throws {
        let response = try await Self.answer { step in
            _ = try await step.fetch(
                "my-step-id", FetchRequest("https://h/x", headers: ["B": "2", "A": "1"], body: "b"))
        }
        #expect(
            Self.text(response)
                == #"[{"op":"Gateway",\#(Self.id),"name":"my-step-id","displayName":"my-step-id","#
                + #""opts":{"url":"https://h/x","method":"GET","headers":{"A":"1","B":"2"},"body":"b","type":"step.fetch"},"#
                + #"\#(Self.userland)}]"#)
    }

    @Test func `AIGateway`() async throws {
        let response = try await Self.answer { step in
            _ = try await step.ai.infer(
                "my-step-id", provider: .openAI(key: "k", baseURL: "https://h"), body: ["model": "m"])
        }
        #expect(
            Self.text(response)
                == #"[{"op":"AIGateway",\#(Self.id),"name":"my-step-id","displayName":"my-step-id","#
                + #""opts":{"url":"https://h/chat/completions","headers":{},"auth_key":"k","format":"openai-chat","#
                + #""body":{"model":"m"},"type":"step.ai.infer"},\#(Self.userland)}]"#)
    }

    @Test func `InvokeFunction`() async throws {
        let target = Function("price", input: Ordered.self) { event, _ in event.data.total }
        let response = try await Self.answer { step in
            _ = try await step.invoke("my-step-id", target, with: Ordered(total: 7), timeout: .seconds(60))
        }
        #expect(
            Self.text(response)
                == #"[{"op":"InvokeFunction",\#(Self.id),"name":"my-step-id","displayName":"my-step-id","#
                + #""opts":{"function_id":"shop-price","payload":{"data":{"total":7}},"timeout":"1m"},\#(Self.userland)}]"#
        )
    }

    @Test func `InvokeFunction of another app`() async throws {
        let response = try await Self.answer { step in
            try await step.invoke(
                "my-step-id", FunctionReference<Ordered, Void>("price", app: "sales"), with: Ordered(total: 7))
        }
        #expect(
            Self.text(response)
                == #"[{"op":"InvokeFunction",\#(Self.id),"name":"my-step-id","displayName":"my-step-id","#
                + #""opts":{"function_id":"sales-price","payload":{"data":{"total":7}}},\#(Self.userland)}]"#)
    }

    @Test func `a function that threw`() async throws {
        let response = try await Self.answer { _ in throw Broken() }
        #expect(response.status == 500)
        #expect(Self.headers(response) == Self.common + ["X-Inngest-No-Retry: false"])
        #expect(
            Self.text(response)
                == #"{"message":"it broke","name":"Broken","stack":"Broken: it broke\n    in function 'f'"}"#)
    }

    @Test func `a function that threw and shall not be retried`() async throws {
        let response = try await Self.answer { _ in throw NonRetriableError("it broke", cause: Broken()) }
        #expect(response.status == 400)
        #expect(Self.headers(response) == Self.common + ["X-Inngest-No-Retry: true"])
        #expect(
            Self.text(response)
                == #"{"cause":{"message":"it broke","name":"Broken"},"message":"it broke","name":"NonRetriableError","#
                + #""stack":"NonRetriableError: it broke\n    in function 'f'"}"#)
    }

    @Test func `the operations are what the server reads`() async throws {
        let response = try await Self.answer { step in
            async let nap: Void = step.sleep("nap", for: .seconds(1))
            async let wait = step.waitForEvent("wait", on: Ordered.self, timeout: .seconds(2))
            _ = try await (nap, wait)
        }
        let opcodes = try Opcode.decode(Array(Self.text(response).utf8))
        #expect(opcodes.map(\.kind) == [.sleep, .waitForEvent])
        #expect(opcodes.map(\.id) == [StepID.hashed("nap"), StepID.hashed("wait")])
        #expect(opcodes.first?.duration == "1s")
        #expect(opcodes.last?.eventName == "shop/order.placed")
        #expect(opcodes.last?.timeout == "2s")
    }
}
