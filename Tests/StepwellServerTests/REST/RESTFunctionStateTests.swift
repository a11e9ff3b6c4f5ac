import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellServer

/// Pausing, draining and resuming functions, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct RESTFunctionStateTests {
    private static let verbs = ["pause", "resume", "drain"]

    @Test func `a function is paused, shows it, skips runs, and goes on when it is resumed`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let napping = try await rest.bed.send(#"{"name":"a/b","data":{"nap":"10ms"}}"#)
        let paused = try await rest.bed.ask(.post, "/api/functions/app-fn/pause")
        #expect(paused.status == 200)
        #expect(paused.json["state"]?.string == "paused")
        #expect(paused.json["state_since"]?.string.flatMap { DateText.parse($0) } != nil)
        #expect(try await rest.get("/api/functions/app-fn").json["state"]?.string == "paused")
        let skipped = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#))
        #expect(skipped.status == .skipped)
        #expect(skipped.output == #"{"reason":"function_paused"}"#)
        let list = try await rest.get("/api/functions").json["data"]?.elements?.map { $0["state"]?.string }
        #expect(list == ["paused"])
        let resumed = try await rest.bed.ask(.post, "/api/functions/app-fn/resume")
        #expect(resumed.json["state"]?.string == "active")
        #expect(try await rest.bed.run(of: napping).status == .completed)
        let drained = try await rest.bed.ask(.post, "/api/functions/app-fn/drain")
        #expect(drained.json["state"]?.string == "drained")
        let last = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#))
        #expect(last.output == #"{"reason":"function_drained"}"#)
    }

    @Test func `functions are paused by app or by name, all or none, and counted first`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"), .init("other", on: "a/c"))
        try await rest.bed.register(app: "else", at: worker.url, .init("fn", on: "a/b"))
        func post(_ verb: String, _ body: String) async throws -> TestBed.Answer {
            try await rest.bed.ask(.post, "/api/functions/\(verb)", body: body)
        }
        func states() async throws -> [String] {
            (try await rest.get("/api/functions").json["data"]?.elements ?? []).compactMap { $0["state"]?.string }
        }
        #expect(try await post("pause", #"{"app":"app","dry_run":true}"#).text == #"{"found":2,"is_complete":true}"#)
        #expect(try await states() == ["active", "active", "active"])
        let paused = try await post("pause", #"{"app":"app"}"#).json["data"]?.elements
        #expect(paused?.map { $0["slug"]?.string } == ["app-fn", "app-other"])
        #expect(try await states() == ["paused", "paused", "active"])
        #expect(try await post("drain", #"{"function":["app-fn","nope"]}"#).status == 404)
        #expect(try await post("drain", #"{"function":["else-fn","app-fn"]}"#).status == 200)
        #expect(try await states() == ["drained", "paused", "drained"])
        #expect(try await post("resume", #"{"function":["else-fn"],"app":"app"}"#).status == 400)
        #expect(try await post("resume", "{}").status == 400)
        #expect(try await post("resume", #"{"app":"nope"}"#).status == 404)
        #expect(try await post("resume", #"{"app":"app"}"#).status == 200)
        #expect(try await states() == ["active", "active", "drained"])
    }

    @Test func `functions are invoked by app or by name, each with an event of its own`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"), .init("other", on: "a/c"))
        func post(_ body: String) async throws -> TestBed.Answer {
            try await rest.bed.ask(.post, "/api/functions/invoke", body: body)
        }
        #expect(try await post(#"{"app":"app","dry_run":true}"#).text == #"{"found":2,"is_complete":true}"#)
        let rows = try await post(#"{"app":"app","data":{"k":1}}"#).json["data"]?.elements ?? []
        #expect(rows.map { $0["function"]?.string } == ["app-fn", "app-other"])
        #expect(Set(rows.compactMap { $0["event_id"]?.string }).count == 2)
        for row in rows {
            let id = try #require(row["run_id"]?.string)
            let run = try await rest.get("/api/runs/\(id)").json
            #expect(run["function"]?.string == row["function"]?.string)
            #expect(run.value(at: ["trigger", "payload", "data", "k"])?.integer == 1)
        }
        #expect(try await post(#"{"function":["app-fn","nope"],"data":{}}"#).status == 404)
        #expect(try await post(#"{"function":"app-fn","data":7}"#).status == 400)
        let audit = try await rest.get("/api/audit?verb=function.invoke").json["data"]?.elements
        #expect(audit?.map { $0["detail"]?.text } == [#"{"count":2,"functions":["app-fn","app-other"]}"#])
    }

    @Test func `what would be too much in one commit is not invoked`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        func register(_ count: Int) async throws {
            let functions = (0..<count).map { TestBed.Function("f\($0)", on: "a/b") }
            let body = TestBed.registration(url: worker.url, functions)
            #expect(try await rest.bed.ask(.post, "/fn/register", body: body).status == 200)
        }
        try await register(9)
        let large = String(repeating: "x", count: 2 << 20)
        let refused = try await rest.bed.ask(
            .post, "/api/functions/invoke", body: #"{"app":"app","data":{"k":"\#(large)"}}"#)
        #expect(refused.status == 413)
        #expect(refused.json["error"]?.string?.hasPrefix("Each of the 9 functions gets") == true, "\(refused.text)")
        try await register(1_001)
        let many = try await rest.bed.ask(.post, "/api/functions/invoke", body: #"{"app":"app","data":{}}"#)
        #expect(many.status == 400)
        #expect(many.json["error"]?.string?.contains("at most 1000 functions, not 1001") == true, "\(many.text)")
        #expect(try await rest.get("/api/audit").json["data"]?.elements?.isEmpty == true)
    }

    @Test func `a function can be named by its id`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let id = try #require(try await rest.get("/api/functions/app-fn").json["id"]?.string)
        #expect(try await rest.bed.ask(.post, "/api/functions/\(id)/pause").json["slug"]?.string == "app-fn")
    }

    @Test func `a run that a pause keeps waiting says since when`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"waits":1,"k":"v"}}"#)
        try await rest.bed.untilWaiting(event)
        let since = try await rest.bed.ask(.post, "/api/functions/app-fn/pause").json["state_since"]?.string
        try await rest.bed.send(#"{"name":"a/answer","data":{"k":"v","ok":true}}"#)
        let run = try await rest.bed.eventually { reader -> ULID? in
            guard let record = try reader.runs(RunQuery(event: event)).rows.first else { return nil }
            return try reader.steps(of: record.run.key).count == 3 ? record.run.id : nil
        }
        let why = try await rest.get("/api/runs/\(run)/why").json
        let cause = try #require(why["actions"]?.elements?.first?["causes"]?.elements?.first)
        #expect(cause["cause"]?.string == "paused")
        #expect(cause["since"]?.string == since)
    }

    @Test(arguments: verbs)
    func `a function that there is not, or a query, is refused`(verb: String) async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        let missing = try await rest.bed.ask(.post, "/api/functions/nope/\(verb)")
        #expect(missing.status == 404)
        #expect(missing.json["code"]?.string == "SW0415")
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let query = try await rest.bed.ask(.post, "/api/functions/app-fn/\(verb)?now=true")
        #expect(query.status == 400)
        #expect(query.json["code"]?.string == "SW0419")
    }

    @Test(arguments: verbs)
    func `in start the verbs want the operator's token`(verb: String) async throws {
        let rest = try RESTBed(.start)
        let target = "/api/functions/nope/\(verb)"
        #expect(try await rest.bed.ask(.post, target).status == 401)
        #expect(try await rest.bed.ask(.post, target, headers: rest.bed.signed).status == 401)
        let token = [("Authorization", "Bearer \(TestBed.token)")]
        #expect(try await rest.bed.ask(.post, target, headers: token).status == 404)
    }
}
