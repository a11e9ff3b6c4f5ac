import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellServer

/// What SDKs ask, under the names that are published.
@Suite(.timeLimit(.minutes(3)))
struct RESTSDKTests {
    @Test func `an event has its published members inside the envelope`() async throws {
        let rest = try RESTBed()
        let id = try await rest.bed.send(#"{"name":"a/b","data":{"n":1},"id":"own","ts":1700000000000,"v":"2"}"#)
        let json = try await rest.get("/v1/events/\(id)").json
        let data = try #require(json["data"])
        #expect(
            data.members?.map(\.name) == [
                "internal_id", "account_id", "environment_id", "source", "source_id", "received_at", "id", "name",
                "data",
                "user", "ts", "v",
            ])
        #expect(data["internal_id"]?.string == "\(id)")
        #expect(data["id"]?.string == "own")
        #expect(data["ts"]?.integer == 1_700_000_000_000)
        #expect(data["v"]?.string == "2")
        #expect(json.value(at: ["metadata", "fetched_at"])?.string.flatMap { DateText.parse($0) } != nil)
        #expect(json["metadata"]?.members?.map(\.name) == ["fetched_at", "cached_until"])
    }

    @Test func `a run is found by its event and by itself`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b"}"#)
        let run = try await rest.bed.run(of: event).run
        let list = try await rest.get("/v1/events/\(event)/runs").json["data"]?.elements
        let data = try #require(try await rest.get("/v1/runs/\(run.id)").json["data"])
        #expect(list?.map(\.text) == [data.text])
        #expect(data["run_id"]?.string == "\(run.id)")
        #expect(data["event_id"]?.string == "\(event)")
        #expect(data["status"]?.string == "Completed")
        #expect(data["output"]?.text == #"{"done":true}"#)
        #expect(data["function_version"]?.integer == 1)
        let function = try await rest.get("/api/functions/app-fn").json
        #expect(data["function_id"]?.string == function["id"]?.string)
        #expect(data["ended_at"]?.string.flatMap { DateText.parse($0) } == run.endedAt)
    }

    @Test func `an unfinished run is Running, a failed one Failed`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let sleeper = try await rest.bed.send(#"{"name":"a/b","data":{"nap":"1h"}}"#)
        let run = try await rest.bed.eventually { try $0.runs(RunQuery(event: sleeper)).rows.first }.run.id
        let json = try await rest.get("/v1/runs/\(run)").json
        #expect(json.value(at: ["data", "status"])?.string == "Running")
        #expect(json.value(at: ["data", "ended_at"])?.isNull == true)
        #expect(json.value(at: ["data", "output"]) == nil)
        let failed = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b","data":{"fails":1}}"#)).run.id
        #expect(try await rest.get("/v1/runs/\(failed)").json.value(at: ["data", "status"])?.string == "Failed")
    }

    @Test(arguments: [("/v1/runs", 200), ("/v0/runs", 204)])
    func `a run is cancelled by DELETE, once`(path: String, status: Int) async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"nap":"1h"}}"#)
        let run = try await rest.bed.eventually { try $0.runs(RunQuery(event: event)).rows.first }.run.id
        let answer = try await rest.bed.ask(.delete, "\(path)/\(run)")
        #expect(answer.status == status)
        #expect(answer.body.isEmpty)
        #expect(try await rest.get("/v1/runs/\(run)").json.value(at: ["data", "status"])?.string == "Cancelled")
        #expect(try await rest.bed.ask(.delete, "\(path)/\(run)").status == 409)
        #expect(try await rest.bed.ask(.delete, "\(path)/01ARZ3NDEKTSV4RRFFQ69G5FAV").status == 404)
    }
}
