import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellServer

/// Who has done what, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct RESTAuditTests {
    @Test func `each verb leaves a row that says what was done to what, and by whom`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"nap":"1h"}}"#)
        let run = try await rest.bed.eventually { try $0.runs(RunQuery(event: event)).rows.first?.run.id }
        func post(_ path: String, _ body: String = "") async throws -> RawJSON {
            let answer = try await rest.bed.ask(.post, path, body: body)
            #expect(answer.status == 200, "\(answer.text)")
            return answer.json
        }
        _ = try await post("/api/runs/\(run)/cancel")
        let rerun = try await post("/api/runs/\(run)/rerun", #"{"from_step":{"step_id":"one","input":["secret"]}}"#)
        let resent = try await post("/api/events/\(event)/resend")
        let invoked = try await post("/api/functions/app-fn/invoke", #"{"data":{"password":"secret"}}"#)
        _ = try await post("/api/functions/app-fn/pause")
        let work = try await post(
            "/api/bulk", #"{"action":"rerun","filter":{"function":"app-fn","from":"2999-01-01T00:00:00Z"}}"#)
        let id = try #require(work["id"]?.string.flatMap { ULID($0) })
        while try rest.bed.reader.bulk(id)?.state == .running { await Task.yield() }
        // Nothing of what is refused, counted or looked at.
        #expect(try await rest.bed.ask(.post, "/api/runs/\(run)/cancel").status == 409)
        _ = try await post("/api/bulk", #"{"action":"rerun","filter":{"app":"app"},"dry_run":true}"#)

        let page = try await rest.get("/api/audit").json
        let rows = Array((page["data"]?.elements ?? []).reversed())
        #expect(
            rows.compactMap { $0["verb"]?.string } == [
                "run.cancel", "run.rerun", "event.resend", "function.invoke", "function.pause", "bulk.rerun",
                "bulk.completed",
            ])
        #expect(
            rows.compactMap { $0["target"]?.string } == [
                "\(run)", "\(run)", "\(event)", "app-fn", "app-fn", "", "\(id)",
            ])
        let made = rows.map { ($0["result_ids"]?.elements ?? []).compactMap(\.string) }
        #expect(
            made == [
                [], [rerun["id"]?.string ?? ""], [resent["event_id"]?.string ?? ""],
                [invoked["event_id"]?.string ?? ""], [], ["\(id)"], [],
            ])
        #expect(rows.prefix(6).allSatisfy { $0["actor"]?.string == "local" && $0["address"]?.string == "127.0.0.1" })
        #expect(rows.last?["actor"]?.string == "server")
        #expect(!page.text.contains("secret"))
        let first = try await rest.get("/api/audit?limit=3").json
        #expect(first["data"]?.elements?.count == 3)
        let next = try #require(first["next"]?.string)
        #expect(try await rest.get("/api/audit?limit=50&cursor=\(next)").json["data"]?.elements?.count == 4)
        #expect(try await rest.get("/api/audit?verb=run.cancel").json["data"]?.elements?.count == 1)
    }

    @Test func `an app that is removed is named without what its URL carries in the query`() async throws {
        let rest = try RESTBed()
        try await rest.bed.register(at: "http://127.0.0.1:9/api/inngest?key=secret", .init("fn", on: "a/b"))
        let target = "/fn/remove?url=http%3A%2F%2F127.0.0.1%3A9%2Fapi%2Finngest%3Fkey%3Dsecret"
        #expect(try await rest.bed.ask(.delete, target).status == 200)
        let page = try await rest.get("/api/audit?verb=app.remove").json
        #expect(page["data"]?.elements?.map { $0["target"]?.string } == ["http://localhost:9/api/inngest"])
        #expect(!page.text.contains("secret"))
    }

    @Test func `in start the kind of key is named, never the key`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed(.start)
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let token = [("Authorization", "Bearer \(TestBed.token)")]
        _ = try await rest.bed.ask(.post, "/api/functions/app-fn/pause", headers: token)
        let event = try await rest.bed.send(#"{"name":"a/b","data":{}}"#)
        let run = try await rest.bed.eventually { try $0.runs(RunQuery(event: event)).rows.first?.run.id }
        #expect(try await rest.bed.ask(.post, "/api/runs/\(run)/rerun", headers: token).status == 200)
        #expect(try await rest.bed.ask(.delete, "/v1/runs/\(run)", headers: rest.bed.signed).status == 409)
        let answer = try await rest.bed.ask(.get, "/api/audit", headers: token)
        let actors = answer.json["data"]?.elements?.compactMap { $0["actor"]?.string }
        #expect(actors == ["operator_token", "operator_token"])
        #expect(!answer.text.contains(TestBed.token))
        #expect(try await rest.get("/api/audit").status == 401)
        #expect(try await rest.bed.ask(.get, "/api/audit", headers: rest.bed.signed).status == 401)
    }
}
