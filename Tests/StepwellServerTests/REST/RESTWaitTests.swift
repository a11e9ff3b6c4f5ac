import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import Synchronization
import Testing

@testable import StepwellServer

/// Hearing of changes as they come.
@Suite(.timeLimit(.minutes(3)))
struct RESTWaitTests {
    @Test func `an answer that the client has is 304, without waiting when it does not ask for it`() async throws {
        let rest = try RESTBed()
        let first = try await rest.get("/api/runs")
        let tag = try #require(first.headers["ETag"])
        let second = try await rest.get("/api/runs", headers: [("If-None-Match", tag)])
        #expect(second.status == 304)
        #expect(second.headers["ETag"] == tag)
        #expect(try await rest.get("/api/runs", headers: [("If-None-Match", "\"other\"")]).status == 200)
    }

    @Test func `without a change, a held answer is 304 when its time is over`() async throws {
        let rest = try RESTBed()
        let tag = try #require(try await rest.get("/api/runs").headers["ETag"])
        let clock = ContinuousClock()
        let start = clock.now
        let answer = try await rest.get("/api/runs?wait=200ms", headers: [("If-None-Match", tag)])
        #expect(answer.status == 304)
        #expect(clock.now - start >= .milliseconds(200))
    }

    @Test func `a held list is answered when a run begins`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let tag = try #require(try await rest.get("/api/runs").headers["ETag"])
        async let held = rest.get("/api/runs?wait=50s", headers: [("If-None-Match", tag)])
        let event = try await rest.bed.send(#"{"name":"a/b"}"#)
        let answer = try await held
        #expect(answer.status == 200)
        #expect(answer.json["data"]?.elements?.first?["event_id"]?.string == "\(event)")
    }

    @Test func `whoever asks again after each answer sees a run through to its end`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"nap":"50ms"}}"#)
        let run = try await rest.bed.eventually { try $0.runs(RunQuery(event: event)).rows.first }
        var tag = ""
        var status = ""
        while status != "completed" {
            let answer = try await rest.get("/api/runs/\(run.run.id)?wait=50s", headers: [("If-None-Match", tag)])
            try #require(answer.status == 200)
            tag = try #require(answer.headers["ETag"])
            status = answer.json["status"]?.string ?? ""
        }
        let steps = try await rest.get("/api/runs/\(run.run.id)").json["steps"]?.elements
        #expect(steps?.compactMap { $0["name"]?.string } == ["one", "two", "nap"])
    }

    @Test func `a held list tells at once what became of a run that it shows, however many others change`() async throws
    {
        let worker = try RESTBed.worker()
        let rest = try RESTBed { $0.watchedListPause = .seconds(600) }
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"waits":true,"k":1}}"#)
        try await rest.bed.untilWaiting(event)
        let list = "/api/runs?event=\(event)"
        let tag = try #require(try await rest.get(list).headers["ETag"])
        let changes = rest.bed.server.changes
        let before = changes.listenerCount
        async let held = rest.get("\(list)&wait=50s", headers: [("If-None-Match", tag)])
        try await until { changes.listenerCount > before }
        let changed = Mutex(0)
        // One of these comes while the list is being read: from then on the others are put off.
        let others = Task {
            while !Task.isCancelled {
                changes.publish([RunKey(1_000_000)])
                changed.withLock { $0 += 1 }
                await Task.yield()
            }
        }
        try await until { changed.withLock { $0 } > 10_000 }
        try await rest.bed.send(#"{"name":"a/answer","data":{"k":1,"ok":true}}"#)
        let answer = try await held
        others.cancel()
        #expect(answer.status == 200)
        #expect(answer.json["data"]?.elements?.first?["status"]?.string == "completed")
    }

    @Test func `a client that goes away while it waits leaves nothing behind`() async throws {
        let rest = try RESTBed()
        let tag = try #require(try await rest.get("/api/runs").headers["ETag"])
        let before = rest.bed.server.changes.listenerCount
        let waiting = Task { try await rest.get("/api/runs?wait=50s", headers: [("If-None-Match", tag)]) }
        try await until { rest.bed.server.changes.listenerCount > before }
        waiting.cancel()
        try await until { rest.bed.server.changes.listenerCount == before }
        await #expect(throws: (any Error).self) { try await waiting.value }
    }

    @Test func `a server that stops holds no answer back, though calls are still under way`() async throws {
        let worker = try ScriptedWorker()
        let (started, held) = (Occurrence(), Held())
        worker.takeOver { _, responder in
            held.keep(responder)
            started.happen()
        }
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        try await rest.bed.send(#"{"name":"a/b"}"#)
        try await started.happened()
        let tag = try #require(try await rest.get("/api/runs?status=failed").headers["ETag"])
        let ask = { @Sendable in
            try await rest.get("/api/runs?status=failed&wait=60s", headers: [("If-None-Match", tag)])
        }
        let server = rest.bed.server
        let before = server.changes.listenerCount
        let clock = ContinuousClock()
        let start = clock.now
        async let waiting = ask()
        try await until { server.changes.listenerCount > before }
        let stopping = try EventLoop()
        defer { stopping.stop() }
        let stopped = Occurrence()
        stopping.post {
            server.stop(grace: .seconds(100))
            stopped.happen()
        }
        #expect(try await waiting.status == 304)
        #expect(clock.now - start < .seconds(30))
        // Whoever asks again is not sent round in circles, and does not wait to the end either.
        #expect(try await ask().status == 304)
        #expect(clock.now - start < .seconds(45))
        #expect(server.changes.listenerCount == before)
        held.answerAll(with: .complete("1"))
        try await stopped.happened()
    }

    @Test func `a wait that is over before it began leaves nothing behind`() async throws {
        let rest = try RESTBed()
        let tag = try #require(try await rest.get("/api/runs").headers["ETag"])
        let before = rest.bed.server.changes.listenerCount
        for _ in 0..<50 {
            #expect(try await rest.get("/api/runs?wait=1us", headers: [("If-None-Match", tag)]).status == 304)
        }
        #expect(rest.bed.server.changes.listenerCount == before)
    }

    @Test func `no more answers are held back than the server can look at`() async throws {
        let rest = try RESTBed()
        let tag = try #require(try await rest.get("/api/runs").headers["ETag"])
        let changes = rest.bed.server.changes
        var numbers: [Int] = []
        while changes.listenerCount < HeldAnswer.heldMax { numbers.append(changes.add { _ in }) }
        let refused = try await rest.get("/api/runs?wait=50s", headers: [("If-None-Match", tag)])
        #expect(refused.status == 503)
        #expect(refused.json["code"]?.string == "SW0503")
        #expect(try await rest.get("/api/runs", headers: [("If-None-Match", tag)]).status == 304)
        for number in numbers { changes.remove(number) }
        #expect(try await rest.get("/api/runs?wait=1ms", headers: [("If-None-Match", tag)]).status == 304)
    }
}
