import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellServer

/// Why a run is not running, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct RESTWhyTests {
    private func why(_ run: ULID, _ rest: RESTBed) async throws -> RawJSON {
        let answer = try await rest.get("/api/runs/\(run)/why")
        try #require(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    /// The id of the run that an event has started.
    private func started(_ event: String, _ rest: RESTBed) async throws -> ULID {
        let id = try await rest.bed.send(event)
        return try await rest.bed.eventually { try $0.runs(RunQuery(event: id)).rows.first?.run.id }
    }

    private func cause(_ json: RawJSON) throws -> JSONSlice {
        let actions = try #require(json["actions"]?.elements)
        try #require(actions.count == 1, "\(json.text)")
        return try #require(actions[0]["causes"]?.elements?.first)
    }

    @Test func `a full limit is told with its key, the key's value and the oldest holder`() async throws {
        let kept = Held()
        let worker = try ScriptedWorker { _ in .complete("1") }
        worker.takeOver { _, responder in kept.keep(responder) }
        let rest = try RESTBed()
        try await rest.bed.register(
            at: worker.url,
            .init("fn", on: "a/b", more: #""concurrency":[{"limit":1,"key":"event.data.accountId"}]"#))
        let first = try await started(#"{"name":"a/b","data":{"accountId":"acme"}}"#, rest)
        let second = try await started(#"{"name":"a/b","data":{"accountId":"acme"}}"#, rest)
        #expect(try cause(try await why(first, rest))["cause"]?.string == "calling")
        let full = try cause(try await why(second, rest))
        #expect(full["cause"]?.string == "concurrency")
        #expect(full["scope"]?.string == "fn")
        #expect(full["key"]?.string == "event.data.accountId")
        #expect(full["value"]?.string == "acme")
        #expect(full["limit"]?.integer == 1)
        #expect(full["in_use"]?.integer == 1)
        #expect(full.value(at: ["oldest", "run_id"])?.string == "\(first)")
        #expect(full.value(at: ["oldest", "function"])?.string == "app-fn")
        #expect(full.value(at: ["oldest", "since"])?.string.flatMap { DateText.parse($0) } != nil)
        kept.answerAll(with: .complete("1"))
    }

    @Test func `a throttle is told with its rate and the time of the next start`() async throws {
        let worker = try ScriptedWorker { _ in .complete("1") }
        let rest = try RESTBed()
        try await rest.bed.register(
            at: worker.url, .init("fn", on: "a/b", more: #""throttle":{"limit":1,"period":"1h"}"#))
        _ = try await started(#"{"name":"a/b"}"#, rest)
        let throttled = try cause(try await why(try await started(#"{"name":"a/b"}"#, rest), rest))
        #expect(throttled["cause"]?.string == "throttle")
        #expect(throttled["limit"]?.integer == 1)
        #expect(throttled["period"]?.string == "1h")
        #expect(throttled["until"]?.string.flatMap { DateText.parse($0) } != nil)
    }

    @Test func `a wait is told with its event and its expression`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b", more: #""timeouts":{"finish":"2h"}"#))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"waits":1,"k":"v"}}"#)
        try await rest.bed.untilWaiting(event)
        let run = try await rest.bed.eventually { try $0.runs(RunQuery(event: event)).rows.first?.run.id }
        let json = try await why(run, rest)
        let wait = try cause(json)
        #expect(wait["cause"]?.string == "wait_for_event")
        #expect(wait["event"]?.string == "a/answer")
        #expect(wait["match"]?.string == "data.k")
        #expect(wait["if"]?.string?.contains("async.data.ok") == true)
        #expect(json["actions"]?.elements?[0]["step_name"]?.string == "answer")
        #expect(json["watches"]?.elements?.map { $0["kind"]?.string } == ["finish_timeout"])
    }

    @Test func `an app that is away is told with what it said last, another attempt with its error`() async throws {
        let worker = try ScriptedWorker { call in
            call.function == "app-away" ? .complete("1") : .fail("no luck", headers: [("Retry-After", "3600")])
        }
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"), .init("away", on: "a/c"))
        let failing = try await rest.bed.send(#"{"name":"a/b"}"#)
        let retried = try await rest.bed.eventually { reader -> ULID? in
            guard let run = try reader.runs(RunQuery(event: failing)).rows.first?.run else { return nil }
            return try reader.attempts(of: run.key).isEmpty ? nil : run.id
        }
        let json = try await why(retried, rest)
        #expect(try cause(json)["cause"]?.string == "retry")
        let action = try #require(json["actions"]?.elements?.first)
        #expect(action["attempt"]?.integer == 1)
        #expect(action.value(at: ["last_error", "message"])?.string == "no luck")
        worker.stop()
        let away = try await started(#"{"name":"a/c"}"#, rest)
        var unreachable = try cause(try await why(away, rest))
        while unreachable["cause"]?.string == "calling" { unreachable = try cause(try await why(away, rest)) }
        #expect(unreachable["cause"]?.string == "unreachable")
        #expect(unreachable["message"]?.string?.isEmpty == false)
        #expect(unreachable["since"]?.string.flatMap { DateText.parse($0) } != nil)
    }

    @Test func `a run that has ended says how`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b","data":{"fails":1}}"#))
        let json = try await why(run.run.id, rest)
        #expect(json["status"]?.string == "failed")
        #expect(json["ended_at"]?.string.flatMap { DateText.parse($0) } != nil)
        #expect(json.value(at: ["error", "message"])?.string == "no such thing")
        #expect(json["actions"]?.elements?.count == 0)
        #expect(json["watches"]?.elements?.count == 0)
        #expect(try await rest.get("/api/runs/nonsense/why").status == 404)
    }
}
