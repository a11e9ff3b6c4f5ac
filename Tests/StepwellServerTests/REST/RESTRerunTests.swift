import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// Runs again, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct RESTRerunTests {
    private static let nobody = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    /// A server with a worker, and a run that has ended.
    private struct Bed {
        let worker: ScriptedWorker
        let rest: RESTBed
        let run: ULID

        init(_ worker: ScriptedWorker? = nil, event: String = #"{"name":"a/b","data":{"nap":"1ms"}}"#) async throws {
            self.worker = try worker ?? RESTBed.worker()
            rest = try RESTBed()
            try await rest.bed.register(at: self.worker.url, .init("fn", on: "a/b"))
            run = try await rest.bed.run(of: try await rest.bed.send(event)).run.id
        }

        func rerun(_ body: String = "", of run: ULID? = nil) async throws -> TestBed.Answer {
            try await rest.bed.ask(.post, "/api/runs/\(run ?? self.run)/rerun", body: body)
        }

        /// The new run, once it has ended, as the API shows it.
        func ended(_ answer: TestBed.Answer) async throws -> RawJSON {
            try #require(answer.status == 200, "\(answer.text)")
            let id = try #require(answer.json["id"]?.string.flatMap { ULID($0) })
            _ = try await rest.bed.eventually { try $0.run(id)?.run.status.isFinal == true ? true : nil }
            return try await rest.get("/api/runs/\(id)").json
        }
    }

    @Test func `a run is repeated whole, and both know each other`() async throws {
        let bed = try await Bed()
        let answer = try await bed.rerun()
        #expect(answer.json["original_run_id"]?.string == "\(bed.run)")
        let json = try await bed.ended(answer)
        #expect(json["status"]?.string == "completed")
        #expect(json["id"]?.string != "\(bed.run)")
        #expect(json["original_run_id"]?.string == "\(bed.run)")
        #expect(json["from_step"]?.isNull == true)
        #expect(json["steps"]?.elements?.map { $0["name"]?.string } == ["one", "two", "nap"])
        let first = try await bed.rest.get("/api/runs/\(bed.run)").json
        #expect(first["original_run_id"]?.isNull == true)
        #expect(first["event_id"]?.string == json["event_id"]?.string)
        let id = try #require(json["id"]?.string)
        let published = try await bed.rest.get("/v1/runs/\(id)").json
        #expect(published.value(at: ["data", "original_run_id"])?.string == "\(bed.run)")
        #expect(try await bed.rest.get("/v1/runs/\(bed.run)").json.value(at: ["data", "original_run_id"]) == nil)
    }

    @Test(arguments: ["two", StepID.hashed("two")])
    func `from a step, the ones before are not run again`(step: String) async throws {
        let bed = try await Bed()
        let before = bed.worker.calls.count
        let json = try await bed.ended(
            try await bed.rerun(#"{"from_step":{"step_id":"\#(step)","input":[{"b":1, "a":2.0}]}}"#))
        #expect(json["status"]?.string == "completed")
        #expect(json.value(at: ["from_step", "step_id"])?.string == StepID.hashed("two"))
        #expect(json.value(at: ["from_step", "input"])?.text == #"[{"a":2,"b":1}]"#)
        let calls = bed.worker.calls.dropFirst(before)
        #expect(calls.first?.request.context.stack == [StepID.hashed("one")])
        let sent = calls.map { $0.request.steps.first { $0.id == StepID.hashed("two") }?.memo.text }
        // Twice with the input, since the step throws once, and then with its result.
        #expect(sent.prefix(3) == [#"{"input":[{"a":2,"b":1}]}"#, #"{"input":[{"a":2,"b":1}]}"#, #"{"data":2}"#])
        #expect(json["steps"]?.elements?.first?["started_at"]?.string != nil)
    }

    @Test func `a name that two steps have is refused with their ids, and an id is taken`() async throws {
        let twice = [StepID.hashed("one"), StepID.hashed("one:1")]
        let worker = try ScriptedWorker { call in
            for id in twice where !call.request.steps.contains(where: { $0.id == id }) {
                return .report(.ran(id: id, "one", "1"))
            }
            return .complete("1")
        }
        let bed = try await Bed(worker)
        let refused = try await bed.rerun(#"{"from_step":{"step_id":"one"}}"#)
        #expect(refused.status == 409)
        #expect(refused.json["code"]?.string == "SW0441")
        #expect(refused.json["error"]?.string?.contains(twice.joined(separator: ", ")) == true)
        let json = try await bed.ended(try await bed.rerun(#"{"from_step":{"step_id":"\#(twice[1])"}}"#))
        #expect(json["status"]?.string == "completed")
    }

    @Test func `a step that was tried and has no result can be begun from`() async throws {
        let worker = try ScriptedWorker { call in
            if !call.has("one") { return .report(.ran("one", "1")) }
            if call.request.context.attempt == 0 { return .report(.threw("two", "not yet")) }
            return .fail("no", headers: [("X-Inngest-No-Retry", "true")])
        }
        let bed = try await Bed(worker)
        let json = try await bed.ended(try await bed.rerun(#"{"from_step":{"step_id":"two"}}"#))
        #expect(json["steps"]?.elements?.map { $0["name"]?.string } == ["one"])
    }

    @Test func `a run that still sleeps is repeated from its sleep, and with no input for it`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"nap":"1h"}}"#)
        let run = try await rest.bed.eventually { reader -> ULID? in
            guard let run = try reader.runs(RunQuery(event: event)).rows.first?.run else { return nil }
            let sleeps = try reader.pendingActions(of: run.key).contains { $0.job.core.kind == .sleep }
            return sleeps ? run.id : nil
        }
        func rerun(_ body: String) async throws -> TestBed.Answer {
            try await rest.bed.ask(.post, "/api/runs/\(run)/rerun", body: body)
        }
        let refused = try await rerun(#"{"from_step":{"step_id":"nap","input":[1]}}"#)
        #expect(refused.status == 400)
        #expect(refused.json["error"]?.string?.contains("is of kind sleep, which takes no input") == true)
        #expect(try await rerun(#"{"from_step":{"step_id":"nap"}}"#).status == 200)
    }

    @Test(
        arguments: [
            (#"{"from_step":{"step_id":"nope"}}"#, 404, "SW0440", #"has no step "nope": it has "one", "two", "nap""#),
            (#"{"from_step":{"step_id":"two","input":{}}}"#, 400, "SW0400", "from_step.input must be an array."),
            (#"{"from_step":{"step_id":"nap","input":[]}}"#, 400, "SW0400", "takes no input"),
            (#"{"from_step":{}}"#, 400, "SW0400", "from_step.step_id must be the id or the name of a step."),
            (#"{"from_step":"two"}"#, 400, "SW0400", "from_step must be an object."),
            (#"{"from_step":{"name":"two"}}"#, 400, "SW0400", #"from_step has no member "name""#),
            (#"{"step":"two"}"#, 400, "SW0400", #"the body has no member "step"; it takes from_step."#),
            ("[]", 400, "SW0400", "the body must be an object."),
            (#"{"from_step":"#, 400, "SW0400", "the body is no JSON: invalid JSON at line 1, column 14"),
        ])
    func `what cannot be followed is refused with the reason`(
        body: String, status: Int, code: String, reason: String
    ) async throws {
        let bed = try await Bed()
        let answer = try await bed.rerun(body)
        #expect(answer.status == status)
        #expect(answer.json["code"]?.string == code)
        #expect(answer.json["error"]?.string?.contains(reason) == true, "\(answer.text)")
        #expect(try await bed.rest.get("/api/runs").json["data"]?.elements?.count == 1)
    }

    @Test func `a run that there is not, or of an archived function, is refused`() async throws {
        let bed = try await Bed()
        #expect(try await bed.rerun(of: ULID(Self.nobody)).json["code"]?.string == "SW0501")
        try await bed.rest.bed.register(at: bed.worker.url, .init("other", on: "a/c"))
        let archived = try await bed.rerun()
        #expect(archived.status == 409)
        #expect(archived.json["code"]?.string == "SW0442")
    }

    // MARK: - Invocation

    @Test func `a function is invoked by its slug or id, and the run is named`() async throws {
        let bed = try await Bed()
        let id = try #require(try await bed.rest.get("/api/functions/app-fn").json["id"]?.string)
        for name in ["app-fn", id] {
            let answer = try await bed.rest.bed.ask(.post, "/api/functions/\(name)/invoke", body: #"{"data":{"k":1}}"#)
            #expect(answer.status == 200)
            let run = try #require(answer.json["run_id"]?.string.flatMap { ULID($0) })
            let record = try #require(try bed.rest.bed.reader.run(run))
            #expect(record.functionSlug == "app-fn")
            #expect(record.eventID?.description == answer.json["event_id"]?.string)
        }
    }

    @Test func `an invocation that a rate limit drops has no run`() async throws {
        let bed = try await Bed()
        try await bed.rest.bed.register(
            at: bed.worker.url, .init("fn", on: "a/b", more: #""rateLimit":{"limit":1,"period":"1h"}"#))
        let first = try await bed.rest.bed.ask(.post, "/api/functions/app-fn/invoke")
        #expect(first.json["run_id"]?.string != nil)
        let second = try await bed.rest.bed.ask(.post, "/api/functions/app-fn/invoke")
        #expect(second.status == 200)
        #expect(second.json["run_id"]?.isNull == true)
    }

    @Test func `an invocation that cannot be followed is refused`() async throws {
        let bed = try await Bed()
        func refusal(_ slug: String, _ body: String) async throws -> String {
            let answer = try await bed.rest.bed.ask(.post, "/api/functions/\(slug)/invoke", body: body)
            return "\(answer.status) \(answer.json["code"]?.string ?? "")"
        }
        #expect(try await refusal("nope", "") == "404 SW0415")
        #expect(try await refusal("app-fn", #"{"data":7}"#) == "400 SW0400")
        #expect(try await refusal("app-fn", "{") == "400 SW0400")
        try await bed.rest.bed.register(at: bed.worker.url, .init("other", on: "a/c"))
        #expect(try await refusal("app-fn", "") == "409 SW0442")
    }

    // MARK: - Events again

    @Test func `an event that is sent again starts its runs again, although its sender gave an id`() async throws {
        let bed = try await Bed(
            event: #"{"name":"a/b","data":{"n":1},"id":"mine","user":{"u":1},"v":"2","ts":1700000000000}"#)
        let list = try await bed.rest.get("/api/events?internal=false").json
        let event = try #require(list["data"]?.elements?.first?["id"]?.string)
        let answer = try await bed.rest.bed.ask(.post, "/api/events/\(event)/resend")
        #expect(answer.status == 200)
        #expect(answer.json["original_event_id"]?.string == event)
        #expect(answer.json["run_ids"]?.elements?.count == 1)
        let new = try #require(answer.json["event_id"]?.string.flatMap { ULID($0) })
        #expect(try await bed.rest.bed.run(of: new).status == .completed)
        let payload = try await bed.rest.get("/api/events/\(new)").json["payload"]
        #expect(payload?["data"]?.text == #"{"n":1}"#)
        #expect(payload?["user"]?.text == #"{"u":1}"#)
        #expect(payload?["v"]?.string == "2")
        #expect(payload?["id"]?.string == "\(new)")
        #expect(payload?["ts"]?.integer != 1_700_000_000_000)
    }

    @Test func `the server's own events, and those that there are not, are not sent again`() async throws {
        let bed = try await Bed()
        let list = try await bed.rest.get("/api/events?name=inngest/function.finished").json
        let event = try #require(list["data"]?.elements?.first?["id"]?.string)
        let own = try await bed.rest.bed.ask(.post, "/api/events/\(event)/resend")
        #expect(own.status == 409)
        #expect(own.json["code"]?.string == "SW0443")
        #expect(try await bed.rest.bed.ask(.post, "/api/events/\(Self.nobody)/resend").status == 404)
    }

    @Test(arguments: ["runs/\(nobody)/rerun", "functions/app-fn/invoke", "events/\(nobody)/resend"])
    func `in start the verbs want the operator's token`(target: String) async throws {
        let rest = try RESTBed(.start)
        #expect(try await rest.bed.ask(.post, "/api/\(target)").status == 401)
        #expect(try await rest.bed.ask(.post, "/api/\(target)", headers: rest.bed.signed).status == 401)
        let token = [("Authorization", "Bearer \(TestBed.token)")]
        #expect(try await rest.bed.ask(.post, "/api/\(target)", headers: token).status == 404)
    }
}
