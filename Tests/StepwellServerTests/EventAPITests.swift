import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// `POST /e/KEY` (PROTOCOL §1) and `POST /invoke/SLUG`.
@Suite(.timeLimit(.minutes(3)))
struct EventAPITests {
    @Test func `one event gives one id, and is stored completed`() async throws {
        let bed = try TestBed()
        let id = try await bed.send(#"{"name":"a/b","data":{"z":1,"a":2}}"#)
        let event = try #require(try bed.reader.event(id))
        #expect(event.name == "a/b")
        #expect(event.payload.slice["data"]?.text == #"{"a":2,"z":1}"#)
        #expect(event.payload.slice["id"]?.string == id.description)
        #expect(event.payload.slice["user"]?.text == "{}")
        let sent = try #require(event.payload.slice["ts"]?.integer)
        #expect(abs(event.receivedAt.milliseconds - sent) < 60_000)
    }

    @Test func `many events give their ids in order, each above the one before`() async throws {
        let bed = try TestBed()
        let events = (0..<300).map { #"{"name":"a/\#($0)"}"# }.joined(separator: ",")
        let answer = try await bed.ask(.post, "/e/key", body: "[\(events)]")
        let ids = try #require(answer.json.slice["ids"]?.elements?.compactMap { $0.string.flatMap { ULID($0) } })
        #expect(ids.count == 300 && answer.json.slice["status"]?.integer == 200)
        #expect(ids == ids.sorted() && Set(ids).count == 300)
        #expect(ids.enumerated().allSatisfy { (try? bed.reader.event($1))?.name == "a/\($0)" })
    }

    @Test func `events before a bad one stay accepted, and the answer says both`() async throws {
        let bed = try TestBed()
        let answer = try await bed.ask(.post, "/e/key", body: #"[{"name":"a"},{"name":"Inngest/x"},{"name":"c"}]"#)
        #expect(answer.status == 400)
        #expect(answer.json.slice["status"]?.integer == 400)
        #expect(answer.json.slice["error"]?.string == "event name is reserved for internal use: Inngest/x")
        let ids = try #require(answer.json.slice["ids"]?.elements)
        #expect(ids.count == 1)
        #expect(try bed.reader.events(EventQuery()).rows.map(\.name) == ["a"])
    }

    @Test(arguments: [
        (#"{"name":""}"#, "event name is empty"),
        (#"{"name":"a","ts":1}"#, "timestamp is before Jan 1, 1980"),
        (#"{"name":"a","data":[]}"#, "an object"),
        (#"{"name":"a""#, "JSON"),
        ("[1]", "must be a JSON object"),
        ("nonsense", ""),
    ]) func `a bad event is refused with the reason`(body: String, reason: String) async throws {
        let bed = try TestBed()
        let answer = try await bed.ask(.post, "/e/key", headers: [("Content-Type", "application/json")], body: body)
        #expect(answer.status == 400)
        #expect(answer.json.slice["ids"]?.text == "[]")
        #expect(answer.json.slice["error"]?.string?.contains(reason) == true, "\(answer.text)")
    }

    @Test func `an empty body is no event and no error`() async throws {
        let answer = try await TestBed().ask(.post, "/e/key")
        #expect(answer.status == 200 && answer.text == #"{"ids":[],"status":200}"#)
    }

    @Test func `a form's fields become arrays of strings`() async throws {
        let bed = try TestBed()
        let answer = try await bed.ask(
            .post, "/e/key", headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: "name=a%2Fb&tag=x&tag=y")
        #expect(answer.status == 200)
        let event = try #require(try bed.reader.events(EventQuery()).rows.first)
        #expect(event.name == "a/b")
        #expect(event.payload.slice["data"]?.text == #"{"name":["a/b"],"tag":["x","y"]}"#)
    }

    @Test func `events beyond 5,000 and events beyond 3 MiB are refused`() async throws {
        let bed = try TestBed()
        let many = try await bed.ask(
            .post, "/e/key", body: "[" + Array(repeating: #"{"name":"a"}"#, count: 5_001).joined(separator: ",") + "]")
        #expect(many.json.slice["error"]?.string == "Cannot have more than 5000 events in a batch")
        #expect(many.json.slice["ids"]?.elements?.count == 5_000)
        let event = #"{"name":"a","data":{"x":""# + String(repeating: "x", count: 3 << 20) + #""}}"#
        let large = try await bed.ask(.post, "/e/key", body: event)
        #expect(large.status == 400)
        #expect(large.json.slice["error"]?.string?.hasPrefix("Event is over the max size: Max 3145728 bytes") == true)
    }

    @Test func `a seed gives a repeated request the same ids, and its events are stored once`() async throws {
        let bed = try TestBed()
        let seed = [(Header.eventIDSeed, "1700000000000,AAAAAAAAAAAAAA==")]
        let first = try await bed.ask(.post, "/e/key", headers: seed, body: #"[{"name":"a"},{"name":"b"}]"#)
        let second = try await bed.ask(.post, "/e/key", headers: seed, body: #"[{"name":"a"},{"name":"b"}]"#)
        #expect(first.text == second.text)
        #expect(try bed.reader.events(EventQuery()).rows.count == 2)
        let ids = try #require(first.json.slice["ids"]?.elements?.compactMap { $0.string })
        #expect(ids == ["01HF7YAT000000000000000001", "01HF7YAT000000000000000002"])
    }

    @Test func `an event with an id that came before is stored and starts no second run`() async throws {
        let worker = try ScriptedWorker()
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let first = try await bed.send(#"{"name":"a/b","id":"same"}"#)
        _ = try await bed.run(of: first)
        let second = try await bed.send(#"{"name":"a/b","id":"same"}"#)
        let third = try await bed.send(#"{"name":"a/b","id":"other"}"#)
        _ = try await bed.run(of: third)
        #expect(first != second)
        #expect(try bed.reader.event(second) != nil)
        #expect(try bed.reader.runs(RunQuery(event: second)).rows.isEmpty)
        #expect(worker.calls.count == 2)
    }

    @Test func `an event starts the functions whose triggers it meets, each once`() async throws {
        let worker = try ScriptedWorker()
        let bed = try TestBed()
        var twice = TestBed.Function("twice", on: "a/b")
        twice.triggers = #"[{"event":"a/b.c"},{"event":"a/*"}]"#
        try await bed.register(
            at: worker.url, twice, .init("dot", on: "a/b.*"), .init("other", on: "a/b"),
            .init("yes", on: "a/b.c", if: "event.data.n > 1"), .init("no", on: "a/b.c", if: "event.data.n > 9"))
        let event = try await bed.send(#"{"name":"a/b.c","data":{"n":5}}"#)
        let runs = try await bed.runs(of: event, count: 3)
        #expect(Set(runs.map(\.functionSlug)) == ["app-twice", "app-dot", "app-yes"])
        #expect(runs.count == 3)
    }

    @Test func `a function is invoked by its slug with the body as its event`() async throws {
        let worker = try ScriptedWorker { call in .complete(call.event.slice["data"]?["n"]?.text ?? "") }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let answer = try await bed.ask(
            .post, "/invoke/app-fn",
            body: #"{"name":"ignored","data":{"n":7,"_inngest":{"correlation_id":"forged"}},"user":{"u":1}}"#)
        #expect(answer.status == 200)
        let id = try #require(answer.json.slice["id"]?.string.flatMap { ULID($0) })
        #expect(try await bed.run(of: id).output == "7")
        let event = try #require(worker.calls.first?.event)
        #expect(event.slice["name"]?.string == "inngest/function.invoked")
        #expect(event.slice["data"]?["_inngest"]?.text == #"{"fn_id":"app-fn"}"#)
        #expect(event.slice["user"]?.text == #"{"u":1}"#)
        #expect(try await bed.ask(.post, "/invoke/app-nobody", body: "{}").status == 404)
        #expect(try await bed.ask(.post, "/invoke/app-fn", body: "[]").status == 400)
        #expect(try await bed.ask(.post, "/invoke/app-fn").status == 200)
    }
}
