import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// Signals, over sockets.
@Suite(.timeLimit(.minutes(3)))
struct SignalTests {
    /// Waits for a signal as the event's data say, and returns the memo.
    private static func worker() throws -> ScriptedWorker {
        try ScriptedWorker { call in
            if let memo = call.memo("wait") { return .complete(memo.text) }
            return .report(.signal("wait", call.event.slice["data"]?.text ?? "{}"))
        }
    }

    private func waiting(_ bed: TestBed, _ options: String) async throws -> ULID {
        let event = try await bed.send(#"{"name":"a/b","data":\#(options)}"#)
        try await bed.untilWaiting(event)
        return event
    }

    @Test func `a signal ends the wait, and the sender reads the run`() async throws {
        let worker = try Self.worker()
        let bed = try TestBed(.start)
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await waiting(bed, #"{"signal":"go","timeout":"1h"}"#)
        let body = #"{"signal":"go","data":{"b":1,"a":[2.0]}}"#
        #expect(try await bed.ask(.post, "/v1/signals", body: body).status == 401)
        let answer = try await bed.ask(.post, "/v1/signals", headers: bed.signed, body: body)
        let run = try await bed.run(of: event)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"data":{"run_id":"\#(run.run.id)"},"metadata":{}}"#)
        #expect(run.output == #"{"data":{"data":{"a":[2],"b":1},"signal":"go"}}"#)
        let late = try await bed.ask(.post, "/v1/signals", headers: bed.signed, body: body)
        #expect(late.status == 404)
        #expect(late.json["code"]?.string == "SW0510")
        #expect(late.json["status"]?.integer == 404)
        #expect(late.json["error"]?.string == #"No run waits for the signal "go"."#)
    }

    @Test func `the second of two runs that wait for one signal fails, or replaces the first`() async throws {
        let worker = try Self.worker()
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let first = try await waiting(bed, #"{"signal":"go"}"#)
        let conflict = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"signal":"go"}}"#))
        #expect(conflict.status == .failed)
        #expect(conflict.output.contains("Signal conflict; signal wait already exists for another run"))
        let second = try await waiting(bed, #"{"signal":"go","conflict":"replace"}"#)
        #expect(try await bed.ask(.post, "/v1/signals", body: #"{"signal":"go"}"#).status == 200)
        #expect(try await bed.run(of: second).output == #"{"data":{"data":null,"signal":"go"}}"#)
        let left = try await bed.eventually { try $0.runs(RunQuery(event: first)).rows.first }
        #expect(!left.status.isFinal)
        let why = try await bed.ask(.get, "/api/runs/\(left.run.id)/why").json
        let cause = try #require(why["actions"]?.elements?.first?["causes"]?.elements?.first)
        #expect(cause["cause"]?.string == "wait_for_signal")
        #expect(cause["signal"]?.string == "go")
        #expect(cause["is_replaced"]?.bool == true)
        #expect(cause["until"]?.string.flatMap { DateText.parse($0) } != nil)
    }

    @Test func `a wait that nobody ends gives null, and an operator sees what for`() async throws {
        let worker = try Self.worker()
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        #expect(
            try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"signal":"x","timeout":"5ms"}}"#)).output
                == "null")
        let event = try await waiting(bed, #"{"signal":"ops","timeout":"1h"}"#)
        let run = try await bed.eventually { try $0.runs(RunQuery(event: event)).rows.first?.run.id }
        let pending = try await bed.ask(.get, "/api/runs/\(run)").json["pending"]?.elements?.first
        #expect(pending?["kind"]?.string == "wait_for_signal")
        #expect(pending?["waits_for"]?.text == #"{"event":null,"match":null,"if":null,"signal":"ops"}"#)
        let answer = try await bed.ask(.post, "/api/signals", body: #"{"signal":"ops","data":1}"#)
        #expect(answer.text == #"{"run_id":"\#(run)"}"#)
        let step = try await bed.eventually { reader -> StepRow? in
            guard let run = try reader.run(run) else { return nil }
            return try reader.steps(of: run.run.key).first
        }
        #expect(step.kind == .waitForSignal)
    }

    @Test(arguments: [
        (#"{}"#, "names no signal"), (#"{"signal":""}"#, "names no signal"), (#"{"signal":7}"#, "names no signal"),
        (#"{"signal":"s","conflict":"both"}"#, #"the conflict rule \"both\""#),
        (#"{"signal":"s","timeout":"soon"}"#, "neither a duration nor a date"),
    ])
    func `a wait that makes no sense is a failed attempt with its reason`(options: String, reason: String) async throws
    {
        let worker = try Self.worker()
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 0))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":\#(options)}"#))
        #expect(run.status == .failed)
        #expect(run.output.contains("SW0434"))
        #expect(run.output.contains(reason), "\(run.output)")
    }

    @Test func `a name of more than 1024 bytes and a wait of more than 366 days are refused`() async throws {
        let worker = try Self.worker()
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 0))
        let name = String(repeating: "s", count: 1_025)
        let long = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"signal":"\#(name)"}}"#))
        #expect(long.output.contains("more than 1024 bytes"))
        let late = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"signal":"s","timeout":"367d"}}"#))
        #expect(late.output.contains("InngestErrTimeoutTooLong"))
    }

    @Test(arguments: [
        ("nonsense", 400), ("[]", 400), (#"{"data":1}"#, 400), (#"{"signal":""}"#, 400), (#"{"signal":1}"#, 400),
    ])
    func `a request without a signal is refused`(body: String, status: Int) async throws {
        let bed = try TestBed()
        let answer = try await bed.ask(.post, "/v1/signals", body: body)
        #expect(answer.status == status)
        #expect(answer.json["code"]?.string == "SW0400")
    }

    @Test func `operators' bodies are read strictly, and those of SDKs are not`() async throws {
        let bed = try TestBed()
        let body = #"{"signal":"s","dta":1}"#
        let strict = try await bed.ask(.post, "/api/signals", body: body)
        #expect(strict.status == 400)
        #expect(strict.json["error"]?.string == #"the body has no member "dta"; it takes signal, data."#)
        #expect(try await bed.ask(.post, "/v1/signals", body: body).json["code"]?.string == "SW0510")
    }

    @Test func `data of more than 4 MiB are refused`() async throws {
        let bed = try TestBed()
        let data = String(repeating: "x", count: 4 << 20)
        #expect(try await bed.ask(.post, "/v1/signals", body: #"{"signal":"s","data":"\#(data)"}"#).status == 413)
        let name = String(repeating: "s", count: 1_025)
        #expect(try await bed.ask(.post, "/v1/signals", body: #"{"signal":"\#(name)"}"#).status == 400)
    }
}
