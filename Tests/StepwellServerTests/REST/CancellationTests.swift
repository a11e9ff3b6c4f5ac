import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellServer

/// Cancellations of the published API, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct CancellationTests {
    private static let path = "/v1/cancellations"

    /// A server with two sleeping runs of each of two functions.
    private func bed(_ mode: ServerConfiguration.Mode = .dev) async throws -> (rest: RESTBed, worker: ScriptedWorker) {
        let worker = try RESTBed.worker()
        let rest = try RESTBed(mode)
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"), .init("other", on: "a/b"))
        for number in 0..<2 { try await rest.bed.send(#"{"name":"a/b","data":{"nap":"1h","n":\#(number)}}"#) }
        let reader = rest.bed.reader
        _ = try await rest.bed.eventually { _ in
            let runs = try reader.runs(RunQuery(statuses: [.running], position: PagePosition(limit: 100))).rows
            return runs.count == 4 ? true : nil
        }
        return (rest, worker)
    }

    private func now() -> String { DateText.format(SystemClock.wall()) }

    private func cancelled(_ rest: RESTBed, _ count: Int) async throws -> [String] {
        try await rest.bed.eventually { reader in
            let runs = try reader.runs(RunQuery(statuses: [.cancelled])).rows
            return runs.count >= count ? runs.map(\.functionSlug) : nil
        }
    }

    @Test func `runs of the function that match are ended, and the cancellation is told and listed`() async throws {
        let (rest, _) = try await bed()
        let body =
            #"{"app_id":"app","function_id":"fn","started_after":"2020-01-01T00:00:00Z","started_before":"\#(now())","if":"event.data.n == 1"}"#
        let answer = try await rest.bed.ask(.post, Self.path, body: body)
        #expect(answer.status == 201, "\(answer.text)")
        let data = try #require(answer.json["data"])
        #expect(
            data.members?.map(\.name) == [
                "created_at", "name", "id", "environment_id", "function_internal_id", "app_id", "function_id",
                "started_after", "started_before", "if", "kind", "cause",
            ])
        #expect(data["function_id"]?.string == "app-fn")
        #expect(data["if"]?.string == "event.data.n == 1")
        #expect(answer.json["metadata"]?["fetched_at"] != nil)
        #expect(try await cancelled(rest, 1) == ["app-fn"])
        let id = try #require(data["id"]?.string)
        let work = try await rest.get("/api/bulk/\(id)").json
        #expect(work["origin"]?.string == "cancellation")
        let list = try await rest.get(Self.path).json["data"]?.elements
        #expect(list?.map { $0["id"]?.string } == [id])
        #expect(try await rest.bed.ask(.delete, "\(Self.path)/\(id)").status == 204)
        #expect(try await rest.get(Self.path).json["data"]?.elements?.isEmpty == true)
        #expect(try await rest.bed.ask(.delete, "\(Self.path)/\(id)").status == 404)
        let verbs = try await rest.get("/api/audit").json["data"]?.elements?.compactMap { $0["verb"]?.string }
        #expect(verbs == ["cancellation.delete", "bulk.completed", "cancellation.create"])
    }

    @Test func `without an expression all runs of the time are ended, those of other functions never`() async throws {
        let (rest, _) = try await bed()
        let old = #"{"app_id":"app","function_id":"app-fn","started_before":"2020-01-01T00:00:00Z"}"#
        #expect(try await rest.bed.ask(.post, Self.path, body: old).status == 201)
        let body = #"{"app_id":"app","function_id":"app-fn","started_before":"\#(now())"}"#
        #expect(try await rest.bed.ask(.post, Self.path, body: body).status == 201)
        #expect(try await cancelled(rest, 2) == ["app-fn", "app-fn"])
        #expect(try rest.bed.reader.runs(RunQuery(statuses: [.running])).rows.count == 2)
    }

    @Test func `an id of a function within its app goes before a whole slug`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        // The slug of the second is the id of the first.
        try await rest.bed.register(at: worker.url, .init("app-fn", on: "a/b"), .init("fn", on: "a/b"))
        func function(_ id: String) async throws -> String? {
            let body = #"{"app_id":"app","function_id":"\#(id)","started_before":"2020-01-01T00:00:00Z"}"#
            return try await rest.bed.ask(.post, Self.path, body: body).json["data"]?["function_id"]?.string
        }
        #expect(try await function("app-fn") == "app-app-fn")
        #expect(try await function("fn") == "app-fn")
        #expect(try await function("app-app-fn") == "app-app-fn")
    }

    @Test(
        arguments: [
            (#"{"function_id":"fn","started_before":"2020-01-01T00:00:00Z"}"#, 400, "app_id must be"),
            (#"{"app_id":"app","started_before":"2020-01-01T00:00:00Z"}"#, 400, "function_id must be"),
            (#"{"app_id":"app","function_id":"fn"}"#, 400, "started_before must be a time in the past"),
            (
                #"{"app_id":"app","function_id":"fn","started_before":"2999-01-01T00:00:00Z"}"#, 400,
                "started_before must be a time in the past"
            ),
            (
                #"{"app_id":"app","function_id":"fn","started_after":"2020-01-02T00:00:00Z","started_before":"2020-01-01T00:00:00Z"}"#,
                400, "started_after must be a time before started_before"
            ),
            (
                #"{"app_id":"app","function_id":"fn","started_before":"2020-01-01T00:00:00Z","if":"event."}"#, 400,
                "if is no expression"
            ),
            (#"{"app_id":"app","function_id":"no","started_before":"2020-01-01T00:00:00Z"}"#, 404, "no function"),
            (#"{"app_id":"no","function_id":"fn","started_before":"2020-01-01T00:00:00Z"}"#, 404, "no function"),
        ])
    func `what cannot be followed is refused with the reason`(body: String, status: UInt16, reason: String) async throws
    {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let answer = try await rest.bed.ask(.post, Self.path, body: body)
        #expect(answer.status == status)
        #expect(answer.json["error"]?.string?.contains(reason) == true, "\(answer.text)")
        #expect(try await rest.get(Self.path).json["data"]?.elements?.isEmpty == true)
    }

    @Test func `in start they want the signing key`() async throws {
        let rest = try RESTBed(.start)
        for (method, path) in [(HTTPMethod.post, Self.path), (.get, Self.path), (.delete, "\(Self.path)/x")] {
            #expect(try await rest.bed.ask(method, path).status == 401)
            #expect(try await rest.bed.ask(method, path, headers: rest.bed.signed).status != 401)
        }
    }
}
