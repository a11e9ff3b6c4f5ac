import StepwellEngine
import StepwellModel
import Testing

@testable import StepwellServer

/// Events, functions, apps, and the server itself.
@Suite(.timeLimit(.minutes(3)))
struct RESTCatalogTests {
    @Test func `events are listed with their payloads, by name and page`() async throws {
        let rest = try RESTBed()
        let first = try await rest.bed.send(#"{"name":"a/b","data":{"n":1},"id":"own","ts":1700000000000}"#)
        let second = try await rest.bed.send(#"{"name":"a/c"}"#)
        let all = try await rest.get("/api/events").json
        #expect(all["data"]?.elements?.map { $0["id"]?.string } == ["\(second)", "\(first)"])
        #expect(all["next"]?.isNull == true)
        let named = try await rest.get("/api/events?name=a/b").json["data"]?.elements
        #expect(named?.count == 1)
        #expect(
            named?.first?["payload"]?.text == #"{"data":{"n":1},"id":"own","name":"a/b","ts":1700000000000,"user":{}}"#)
        let page = try await rest.get("/api/events?limit=1").json
        #expect(page["next"]?.string == "\(second)")
        let rest1 = try await rest.get("/api/events?limit=1&cursor=\(second)").json
        #expect(rest1["data"]?.elements?.first?["id"]?.string == "\(first)")
        #expect(try await rest.get("/api/events/\(first)").json["name"]?.string == "a/b")
    }

    @Test func `the engine's own events can be left out`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b"}"#)
        _ = try await rest.bed.run(of: event)
        func names(_ query: String) async throws -> [String] {
            try await rest.get("/api/events?\(query)").json["data"]?.elements?.compactMap { $0["name"]?.string } ?? []
        }
        #expect(try await names("") == ["inngest/function.finished", "a/b"])
        #expect(try await names("internal=false") == ["a/b"])
        let runs = try await rest.get("/api/events/\(event)/runs").json["data"]?.elements
        #expect(runs?.map { $0["event_id"]?.string } == ["\(event)"])
    }

    @Test func `an event tells of which functions it has no run, and why`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(
            at: worker.url, .init("limited", on: "a/b", more: #""rateLimit":{"limit":1,"period":"1h"}"#),
            .init("settled", on: "a/b", more: #""debounce":{"period":"1h"}"#), .init("fn", on: "a/b"))
        var events: [ULID] = []
        for body in [#"{"name":"a/b","id":"x"}"#, #"{"name":"a/b"}"#, #"{"name":"a/b","id":"x"}"#] {
            events.append(try await rest.bed.send(body))
        }
        func dropped(_ event: ULID) async throws -> [String?] {
            let starts = try await rest.get("/api/events/\(event)").json["dropped"]?.elements ?? []
            return starts.map { start in
                "\(start["function"]?.string ?? "") \(start["reason"]?.string ?? "") \(start["run_id"]?.isNull == false)"
            }
        }
        #expect(try await dropped(events[0]) == ["app-settled debounce_replaced true"])
        #expect(try await dropped(events[1]) == ["app-limited rate_limit false"])
        #expect(
            try await dropped(events[2]) == [
                "app-limited repeated_id false", "app-settled repeated_id false", "app-fn repeated_id false",
            ])
    }

    @Test func `a function tells when its schedules fire next`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        var function = TestBed.Function("fn", on: "a/b")
        function.triggers = #"[{"cron":"0 9 1 1 *"}]"#
        try await rest.bed.register(at: worker.url, function)
        let schedules = try await rest.get("/api/functions/app-fn").json["schedules"]?.elements ?? []
        #expect(schedules.map { $0["cron"]?.string } == ["0 9 1 1 *"])
        let next = try #require(schedules.first?["next_at"]?.string.flatMap { DateText.parse($0) })
        #expect(next > SystemClock.wall())
        #expect(schedules.first?["next_at"]?.string?.hasSuffix("-01-01T09:00:00.000Z") == true)
        #expect(try await rest.get("/api/functions").json["data"]?.elements?.first?["schedules"]?.elements?.count == 1)
    }

    @Test func `functions and apps are told with their runs and their errors`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"), .init("gone", on: "a/c"))
        _ = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#))
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let function = try await rest.get("/api/functions/app-fn").json
        #expect(function["name"]?.string == "fn")
        #expect(function["app"]?.string == "app")
        #expect(function["triggers"]?.text == #"[{"event":"a/b"}]"#)
        #expect(
            function["runs"]?.text == #"{"queued":0,"running":0,"completed":1,"failed":0,"cancelled":0,"skipped":0}"#)
        #expect(function["archived_at"]?.isNull == true)
        func slugs(_ query: String) async throws -> [String] {
            try await rest.get("/api/functions?\(query)").json["data"]?.elements?.compactMap { $0["slug"]?.string }
                ?? []
        }
        #expect(try await slugs("") == ["app-fn", "app-gone"])
        #expect(try await slugs("archived=true") == ["app-gone"])
        #expect(try await slugs("archived=false&app=app") == ["app-fn"])
        #expect(try await slugs("app=nobody") == [])
        let app = try await rest.get("/api/apps/app").json
        #expect(app["sdk"]?.string == "test:v1")
        #expect(app["error"]?.isNull == true)
        #expect(app["functions"]?.text == #"["app-fn"]"#)
        #expect(try await rest.get("/api/apps").json["data"]?.elements?.count == 1)
        #expect(try await rest.get("/api/apps?removed=true").json["data"]?.elements?.count == 0)
        #expect(try await rest.get("/api/functions/nope").json["code"]?.string == "SW0415")
        #expect(try await rest.get("/api/apps/nope").json["code"]?.string == "SW0417")
    }

    @Test func `the server tells its mode, version, durability and counts`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        _ = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#))
        let json = try await rest.get("/api/server").json
        #expect(json["mode"]?.string == "dev")
        #expect(json["version"]?.string == ServerVersion.text)
        #expect(json["durability"]?.string == "full")
        #expect(json["missed_ticks"]?.string == "one")
        #expect(json["events"]?.integer == 2)
        #expect(json["runs_unfinished"]?.integer == 0)
        #expect(json.value(at: ["runs", "completed"])?.integer == 1)
        #expect(json.value(at: ["store", "file_bytes"])?.integer ?? 0 > 0)
        #expect(json.value(at: ["store", "trouble"])?.isNull == true)
    }
}
