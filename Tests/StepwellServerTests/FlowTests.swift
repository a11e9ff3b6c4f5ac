import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// Whole ways through the server, with a real worker behind it.
@Suite(.timeLimit(.minutes(3)))
struct FlowTests {
    @Test func `a function without steps is called once and its result is the run's`() async throws {
        let worker = try ScriptedWorker { _ in .complete(#"{"ok":true}"#) }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"n":1}}"#))
        #expect(run.status == .completed)
        #expect(run.output == #"{"ok":true}"#)
        #expect(worker.calls.count == 1)
        #expect(worker.calls[0].event.slice["data"]?.text == #"{"n":1}"#)
    }

    @Test func `steps run once each, and every call brings the results so far`() async throws {
        let worker = try ScriptedWorker { call in
            if !call.has("one") { return .report(.ran("one", "1")) }
            if !call.has("two") { return .report(.ran("two", #"{"x":2}"#)) }
            return .complete("[\(call.memo("one")?.text ?? ""),\(call.memo("two")?.text ?? "")]")
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.output == #"[{"data":1},{"data":{"x":2}}]"#)
        #expect(worker.calls.count == 3)
        #expect(worker.calls.map(\.request.context.stack.count) == [0, 1, 2])
        #expect(worker.calls.map(\.request.version) == [-1, 2, 2])
        #expect(worker.calls.map(\.request.context.attempt) == [0, 0, 0])
    }

    @Test func `a call says in its headers what it is`() async throws {
        let worker = try ScriptedWorker()
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 2))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        let call = try #require(worker.calls.first)
        let context = call.request.context
        #expect(call.target == "/api/inngest?fnId=app-fn&stepId=step")
        #expect(call.headers["Content-Type"] == "application/json")
        #expect(call.headers[Header.run] == run.run.id.description)
        #expect(call.headers[Header.requestID] == context.requestID)
        #expect(call.headers[Header.generation] == "\(context.generation)")
        #expect(call.headers[Header.job] == context.jobID)
        #expect(call.headers[Header.requestVersion] == "-1")
        #expect(call.headers[Header.step] == "step")
        #expect(call.headers[Header.signature] == nil)
        #expect(context.generation > 0 && !context.queueItemID.isEmpty && ULID(context.requestID) != nil)
        #expect(context.attemptsMax == 3)
        #expect(CanonicalJSON(RawJSON(validated: call.body)).json.bytes == call.body)
    }

    @Test(arguments: [2, 1]) func `parallel steps run by calls of their own, and the run goes on when all are done`(
        version: Int
    ) async throws {
        let worker = try ScriptedWorker { call in
            let reply: ScriptedWorker.Reply
            switch call.stepID {
            case StepID.hashed("left"): reply = .report(.ran("left", "1"))
            case StepID.hashed("right"): reply = .report(.ran("right", "2"))
            default:
                if call.has("left"), call.has("right") {
                    reply = .complete("3")
                } else if call.request.steps.isEmpty {
                    reply = .report(.planned("left"), .planned("right"))
                } else {
                    reply = ScriptedWorker.Reply(status: 206, body: Array("[]".utf8))
                }
            }
            return reply.with(version: version)
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .completed && run.output == "3")
        let discoveries = worker.calls.filter { $0.stepID == "step" }
        if version == 2 {
            #expect(worker.calls.count == 4)
            #expect(discoveries.count == 2)
        } else {
            #expect(discoveries.count >= 2)
        }
        let targeted = worker.calls.filter { $0.stepID != "step" }
        #expect(Set(targeted.map(\.stepID)) == [StepID.hashed("left"), StepID.hashed("right")])
        #expect(targeted.allSatisfy { $0.target.contains("stepId=\($0.stepID)") })
        #expect(targeted.allSatisfy { $0.request.context.disablesImmediateExecution })
    }

    @Test func `a race goes on after its first step`() async throws {
        let options = #"{"parallelMode":"race"}"#
        let worker = try ScriptedWorker { call in
            switch call.stepID {
            case StepID.hashed("fast"): return .report(.ran("fast", "1"))
            case StepID.hashed("slow"): return .fail("late", headers: [("Retry-After", "86400")])
            default:
                if call.has("fast") { return .complete("\"fast\"") }
                return .report(.planned("fast", options: options), .planned("slow", options: options))
            }
        }
        let bed = try TestBed { $0.retryInterval = .seconds(3_600) }
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .completed && run.output == "\"fast\"")
    }

    @Test func `a step that throws is tried again as often as its function says, and then fails`() async throws {
        let worker = try ScriptedWorker { call in
            guard let memo = call.memo("bad") else { return .report(.threw("bad", "no luck")) }
            return .complete(memo.text)
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 2))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .completed)
        #expect(run.output.contains(#""message":"no luck""#))
        #expect(worker.calls.map(\.request.context.attempt) == [0, 1, 2, 0])
    }

    @Test func `a function that throws is tried again and then its run fails with the error`() async throws {
        let worker = try ScriptedWorker { call in .fail("broken \(call.request.context.attempt)") }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 1))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .failed)
        #expect(run.output.contains("broken 1"))
        #expect(worker.calls.count == 2)
    }

    @Test func `an error that forbids another attempt ends the run at once`() async throws {
        let worker = try ScriptedWorker { _ in .fail("never again", headers: [(Header.noRetry, "true")]) }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .failed)
        #expect(worker.calls.count == 1)
    }

    @Test func `a sleep ends in its time, whether named in the options or in the name`() async throws {
        let worker = try ScriptedWorker { call in
            call.has("nap") ? .complete(call.memo("nap")?.text ?? "") : .report(.sleep("nap", "20ms"))
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let start = ContinuousClock.now
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.output == "null")
        #expect(ContinuousClock.now - start >= .milliseconds(20))
    }

    @Test func `a hundred naps end, each in its time, though nothing else happens`() async throws {
        let worker = try ScriptedWorker { call in
            let count = call.request.context.stack.count
            return count == 100 ? .complete("1") : .report(.sleep("nap-\(count)", "\(1 + count % 4)ms"))
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        #expect(try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#)).status == .completed)
    }

    @Test func `calls go to where an app has moved`() async throws {
        let old = try ScriptedWorker { _ in .complete("1") }
        let new = try ScriptedWorker { _ in .complete("2") }
        let bed = try TestBed()
        try await bed.register(at: old.url, .init("fn", on: "a/b"))
        #expect(try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#)).output == "1")
        try await bed.register(at: new.url, .init("fn", on: "a/b"))
        #expect(try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#)).output == "2")
    }

    @Test func `a sleep of more than 366 days fails the run`() async throws {
        let worker = try ScriptedWorker { _ in .report(.sleep("nap", "367d")) }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .failed)
        #expect(run.output.contains(#""name":"InngestErrTimeoutTooLong""#))
        #expect(worker.calls.count == 1)
    }

    @Test func `a wait ends with the event that matches, and gives null when none comes`() async throws {
        let worker = try ScriptedWorker { call in
            if !call.has("wait") {
                return .report(
                    .wait(
                        "wait", for: "a/answer", if: "event.data.id == async.data.id && async.data.n > 1", timeout: "1h"
                    ))
            }
            if !call.has("lost") { return .report(.wait("lost", for: "a/never", timeout: "10ms")) }
            return .complete("[\(call.memo("wait")?.slice["data"]?.text ?? ""),\(call.memo("lost")?.text ?? "")]")
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await bed.send(#"{"name":"a/b","data":{"id":"x"}}"#)
        try await bed.untilWaiting(event)
        try await bed.send(#"{"name":"a/answer","data":{"id":"y","n":2}}"#)
        try await bed.send(#"{"name":"a/answer","data":{"id":"x","n":1}}"#)
        try await bed.send(#"{"name":"a/answer","data":{"id":"x","n":2}}"#)
        let run = try await bed.run(of: event)
        #expect(run.output == #"[{"id":"x","n":2},null]"#)
    }

    @Test func `a wait whose condition cannot be read fails the run`() async throws {
        let worker = try ScriptedWorker { _ in .report(.wait("wait", for: "a/x", if: "event.data.id ==", timeout: "1h"))
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .failed)
        #expect(run.output.contains(#""name":"CompileError""#))
    }

    @Test func `an invoked function's result, or its error, is the step's`() async throws {
        let worker = try ScriptedWorker { call in
            switch call.function {
            case "app-child":
                let n = call.event.slice["data"]?["n"]?.text ?? ""
                return n == "0" ? .fail("zero", headers: [(Header.noRetry, "true")]) : .complete("\(n)0")
            default:
                if !call.has("good") { return .report(.invoke("good", "app-child", data: #"{"n":4}"#)) }
                if !call.has("bad") { return .report(.invoke("bad", "app-child", data: #"{"n":0}"#)) }
                if !call.has("none") { return .report(.invoke("none", "app-nobody")) }
                let memos = ["good", "bad", "none"].map { call.memo($0)?.text ?? "" }
                return .complete("[\(memos.joined(separator: ","))]")
            }
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"), .init("child", on: "a/child"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        let results = try #require(run.run.output?.slice.elements)
        #expect(results[0].text == #"{"data":40}"#)
        #expect(results[1]["error"]?["message"]?.string == "zero")
        #expect(results[2]["error"]?["message"]?.string == "could not find function with ID: app-nobody")
    }

    @Test func `a failed run starts the function that handles failures, once`() async throws {
        let worker = try ScriptedWorker { call in
            call.function == "app-fn" ? .fail("oh", headers: [(Header.noRetry, "true")]) : .complete("1")
        }
        let bed = try TestBed()
        try await bed.register(
            at: worker.url, .init("fn", on: "a/b"),
            .init("fn-failure", on: "inngest/function.failed", if: "event.data.function_id == 'app-fn'"))
        _ = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"who":"me"}}"#))
        let handled = try await bed.eventually { reader in
            try reader.runs(.init(functions: ["app-fn-failure"], statuses: [.completed])).rows.first
        }
        #expect(handled.eventName == "inngest/function.failed")
        let call = try #require(worker.calls(of: "app-fn-failure").first)
        #expect(call.event.slice["data"]?["error"]?["message"]?.string == "oh")
        #expect(call.event.slice["data"]?["event"]?["data"]?["who"]?.string == "me")
        #expect(worker.calls(of: "app-fn-failure").count == 1)
    }

    @Test func `a cancelled run ends, and the answer that comes later counts for nothing`() async throws {
        let worker = try ScriptedWorker()
        let started = Occurrence()
        let held = Held()
        worker.takeOver { _, responder in
            held.keep(responder)
            started.happen()
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await bed.send(#"{"name":"a/b"}"#)
        try await started.happened()
        let key = try await bed.eventually { try $0.runs(.init(event: event)).rows.first?.run.key }
        await withCheckedContinuation { continuation in
            bed.server.engine.ask(reply: { _ in continuation.resume() }) { .cancel(key, $0) }
        }
        held.answerAll(with: .complete("1"))
        #expect(try await bed.run(of: event).status == .cancelled)
    }

    @Test func `a streamed answer is read from its envelope`() async throws {
        let worker = try ScriptedWorker()
        worker.takeOver { _, responder in
            responder.start(status: 201, headers: [Header.sdk: "test:v1"])
            responder.write(Array("   ".utf8))
            responder.write(Array(#"{"status":200,"headers":{},"body":"{\"a\":1}","version":2}"#.utf8))
            responder.end()
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        #expect(try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#)).output == #"{"a":1}"#)
    }

    @Test(arguments: [301, 302, 307, 308]) func `a redirected call arrives with its body and headers`(
        status: Int
    ) async throws {
        let target = try ScriptedWorker { call in .complete("\"\(call.headers[Header.run] ?? "")\"") }
        let url = target.url
        let worker = try ScriptedWorker()
        worker.takeOver { request, responder in
            responder.respond(
                status: HTTPStatus(status), headers: ["Location": "\(url)?\(request.query ?? "")"])
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.output == "\"\(run.run.id)\"")
        #expect(target.calls.count == 1)
    }

    @Test func `a state that is too large for a call is fetched by the worker`() async throws {
        let large = "\"" + String(repeating: "x", count: 2_500_000) + "\""
        let worker = try ScriptedWorker { call in
            if call.request.context.usesAPI { return .complete("\"fetched\"") }
            return call.has("one") ? .report(.ran("two", large)) : .report(.ran("one", large))
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await bed.send(#"{"name":"a/b","data":{"n":1}}"#)
        #expect(try await bed.run(of: event).output == "\"fetched\"")
        let last = try #require(worker.calls.last)
        #expect(last.request.steps.isEmpty && last.request.context.stack.count == 2)
        #expect(last.request.events.count == 1)
    }

    @Test func `a running run's results are handed out in the order of its stack, and an ended one's are gone`()
        async throws
    {
        let worker = try ScriptedWorker { call in
            if !call.has("b") { return .report(.ran("b", "1")) }
            if !call.has("a") { return .report(.ran("a", "2")) }
            return call.has("wait") ? .complete("0") : .report(.wait("wait", for: "a/go", timeout: "1h"))
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await bed.send(#"{"name":"a/b","data":{"n":1}}"#)
        try await bed.untilWaiting(event)
        let id = try #require(worker.calls.last?.request.context.runID)
        let actions = try await bed.ask(.get, "/v0/runs/\(id)/actions")
        #expect(actions.text == #"{"\#(StepID.hashed("b"))":{"data":1},"\#(StepID.hashed("a"))":{"data":2}}"#)
        let batch = try await bed.ask(.get, "/v0/runs/\(id)/batch")
        #expect(batch.json.slice.elements?.first?["data"]?.text == #"{"n":1}"#)
        try await bed.send(#"{"name":"a/go"}"#)
        _ = try await bed.run(of: event)
        let gone = try await bed.ask(.get, "/v0/runs/\(id)/actions")
        #expect(gone.status == 410 && gone.json["status"]?.integer == 410)
        #expect(try await bed.ask(.get, "/v0/runs/nonsense/batch").status == 410)
    }

    @Test func `an event of the future starts its run when its time has come`() async throws {
        let worker = try ScriptedWorker()
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let due = bed.server.engine.now().wall + Milliseconds(150)
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b","ts":\#(due.milliseconds)}"#))
        #expect(bed.server.engine.now().wall >= due)
        #expect(run.status == .completed)
    }

    @Test func `nothing is lost while the worker is away, and it costs no attempt`() async throws {
        let place = try ReservedPort()
        let refusals = AsyncStream.makeStream(of: Void.self)
        let bed = try TestBed { configuration in
            configuration.log = ServerLog { _, message, _ in
                if message == "app does not answer" { refusals.continuation.yield() }
            }
        }
        try await bed.register(at: "http://127.0.0.1:\(place.port)/x", .init("fn", on: "a/b", retries: 0))
        let event = try await bed.send(#"{"name":"a/b"}"#)
        for await _ in refusals.stream { break }
        let back = try ScriptedWorker(port: place.port) { _ in .complete("1") }
        #expect(try await bed.run(of: event).status == .completed)
        #expect(back.calls.map(\.request.context.attempt) == [0])
    }
}
