import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellServer

/// What the operator's API says of runs, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct RESTRunsTests {
    @Test func `a run is told with its steps, failed attempts, trigger and result`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"x":1},"id":"mine"}"#)
        let run = try await rest.bed.run(of: event)
        let json = try await rest.get("/api/runs/\(run.run.id)").json
        #expect(json["id"]?.string == "\(run.run.id)")
        #expect(json["status"]?.string == "completed")
        #expect(json["app"]?.string == "app")
        #expect(json["function"]?.string == "app-fn")
        #expect(json["event_id"]?.string == "\(event)")
        #expect(json["output"]?.text == #"{"done":true}"#)
        #expect(json["error"]?.isNull == true)
        #expect(json.value(at: ["trigger", "payload", "id"])?.string == "mine")
        #expect(json.value(at: ["trigger", "payload", "data"])?.text == #"{"x":1}"#)
        let steps = try #require(json["steps"]?.elements)
        #expect(steps.map { $0["name"]?.string } == ["one", "two"])
        #expect(steps.map { $0["kind"]?.string } == ["run", "run"])
        #expect(steps.map { $0["status"]?.string } == ["completed", "completed"])
        #expect(steps.map { $0["output"]?.text } == [#"{"n":1}"#, "2"])
        #expect(steps.map { $0["attempts"]?.integer } == [1, 2])
        let attempts = try #require(json["failed_attempts"]?.elements)
        #expect(attempts.map { $0["step_name"]?.string } == ["two"])
        #expect(attempts[0]["attempt"]?.integer == 0)
        #expect(attempts[0].value(at: ["error", "message"])?.string == "not yet")
        #expect(attempts[0]["retry_at"]?.string.flatMap { DateText.parse($0) } != nil)
        #expect(json["pending"]?.elements?.count == 0)
        for time in ["queued_at", "started_at", "ended_at"] {
            #expect(json[time]?.string.flatMap { (text: String) in DateText.parse(text) } != nil, "\(time)")
        }
    }

    @Test func `a run says what the keys of its limits came to, and which has failed`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        let options =
            #""concurrency":[{"limit":1,"key":"event.data.k"},{"limit":2}],"throttle":{"limit":9,"period":"1s","key":"1 / 0"}"#
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b", more: options))
        let run = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b","data":{"k":"x"}}"#))
        let keys = try await rest.get("/api/runs/\(run.run.id)").json["limit_keys"]
        let expected =
            #"[{"option":"concurrency[0].key","value":"x","has_failed":false},"#
            + #"{"option":"throttle.key","value":"<invalid>","has_failed":true}]"#
        #expect(keys?.text == expected)
    }

    @Test func `a failed run has an error and no output`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b","data":{"fails":1}}"#))
        let json = try await rest.get("/api/runs/\(run.run.id)").json
        #expect(json["status"]?.string == "failed")
        #expect(json["output"]?.isNull == true)
        #expect(json.value(at: ["error", "message"])?.string == "no such thing")
    }

    @Test func `an unfinished run says what it waits for`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let sleeper = try await rest.bed.send(#"{"name":"a/b","data":{"nap":"1h"}}"#)
        let waiter = try await rest.bed.send(#"{"name":"a/b","data":{"waits":1,"k":"v"}}"#)
        let sleep = try await pending(of: sleeper, kind: .sleep, rest)
        #expect(sleep["kind"]?.string == "sleep")
        #expect(sleep["step_name"]?.string == "nap")
        #expect(sleep["waits_for"]?.isNull == true)
        let since = try #require(sleep["since"]?.string.flatMap { DateText.parse($0) })
        let due = try #require(sleep["due_at"]?.string.flatMap { DateText.parse($0) })
        #expect((due - since) == .hours(1) + SystemClock.resolution)
        let wait = try await pending(of: waiter, kind: .waitForEvent, rest)
        #expect(wait["kind"]?.string == "wait_for_event")
        #expect(wait.value(at: ["waits_for", "event"])?.string == "a/answer")
        #expect(wait.value(at: ["waits_for", "match"])?.string == "data.k")
        #expect(wait.value(at: ["waits_for", "if"])?.string?.contains("async.data.ok") == true)
    }

    /// The next action of the event's run, once it is of this kind, as the API writes it.
    private func pending(of event: ULID, kind: JobKind, _ rest: RESTBed) async throws -> JSONSlice {
        let run = try await rest.bed.eventually { reader -> ULID? in
            guard let record = try reader.runs(RunQuery(event: event)).rows.first else { return nil }
            let actions = try reader.pendingActions(of: record.run.key)
            return actions.contains { $0.job.core.kind == kind } ? record.run.id : nil
        }
        let json = try await rest.get("/api/runs/\(run)").json
        return try #require(json["pending"]?.elements?.first)
    }

    @Test func `lists are newest first, filtered, and read page by page`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"), .init("other", on: "a/c"))
        var ids: [String] = []
        for number in 0..<5 {
            let data = number == 2 ? #"{"fails":1}"# : "{}"
            let event = try await rest.bed.send(#"{"name":"a/b","data":\#(data)}"#)
            ids.insert("\(try await rest.bed.run(of: event).run.id)", at: 0)
        }
        let other = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/c"}"#))
        func list(_ query: String) async throws -> [String] {
            let answer = try await rest.get("/api/runs?\(query)")
            try #require(answer.status == 200, "\(answer.text)")
            return answer.json["data"]?.elements?.compactMap { $0["id"]?.string } ?? []
        }
        #expect(try await list("limit=100") == ["\(other.run.id)"] + ids)
        #expect(try await list("function=app-fn") == ids)
        #expect(try await list("function=app-fn,app-other") == ["\(other.run.id)"] + ids)
        #expect(try await list("status=failed") == [ids[2]])
        #expect(try await list("status=queued,running") == [])
        #expect(try await list("app=app&function=app-other") == ["\(other.run.id)"])
        #expect(try await list("app=nobody") == [])
        #expect(try await list("from=2999-01-01T00:00:00Z") == [])
        #expect(try await list("until=2000-01-01") == [])
        var read: [String] = []
        var cursor: String?
        repeat {
            let page = try await rest.get("/api/runs?function=app-fn&limit=2\(cursor.map { "&cursor=\($0)" } ?? "")")
                .json
            read += page["data"]?.elements?.compactMap { $0["id"]?.string } ?? []
            cursor = page["next"]?.string
        } while cursor != nil
        #expect(read == ids)
        let withOutput = try await rest.get("/api/runs?status=failed&output=true").json
        let shown = withOutput["data"]?.elements?.first?.value(at: ["error", "message"])?.string
        #expect(shown == "no such thing")
    }

    @Test func `a cancelled run ends, and cannot be cancelled again`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"nap":"1h"}}"#)
        let run = try await rest.bed.eventually { try $0.runs(RunQuery(event: event)).rows.first }
        let answer = try await rest.bed.ask(.post, "/api/runs/\(run.run.id)/cancel")
        #expect(answer.status == 200)
        #expect(answer.text == #"{"id":"\#(run.run.id)","status":"cancelled"}"#)
        let json = try await rest.get("/api/runs/\(run.run.id)").json
        #expect(json["status"]?.string == "cancelled")
        #expect(json["pending"]?.elements?.count == 0)
        let again = try await rest.bed.ask(.post, "/api/runs/\(run.run.id)/cancel")
        #expect(again.status == 409)
        #expect(again.json["code"]?.string == "SW0416")
    }

    @Test(arguments: [
        "/api/runs/nonsense", "/api/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/api/events/01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ])
    func `what does not exist is 404 with a number`(target: String) async throws {
        let answer = try await RESTBed().get(target)
        #expect(answer.status == 404)
        #expect(answer.json["code"]?.string == "SW0501")
    }
}
