import StepwellCore
import StepwellModel
import Testing

/// Runs that repeat others.
@Suite struct RerunTests {
    private let bench = Bench()
    /// What the store holds of the run that is repeated.
    private let original: LoadedRun

    init() throws {
        try bench.register(Bench.function("job", on: "app/go"))
        original = try Self.original(on: bench)
    }

    /// A run with three steps that has ended.
    private static func original(on bench: Bench) throws -> LoadedRun {
        bench.send("app/go", data: #"{"k":"x"}"#)
        bench.answer(try #require(bench.newOrders().first), .ran("one"))
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .seconds(1)))
        bench.advance(by: .seconds(1))
        bench.answer(try #require(bench.newOrders().first), .threw("two", .never))
        bench.answer(try #require(bench.newOrders().first), .failed(error: .null, retry: .never))
        var run: RunRow?
        var event: EventRow?
        var steps: [StepRow] = []
        for write in bench.newWrites() {
            switch write {
            case .insertRun(let row): run = row
            case .insertEvent(let row) where row.name == "app/go": event = row
            case .insertStep(let row): steps.append(row)
            default: break
            }
        }
        return LoadedRun(run: try #require(run), event: try #require(event), steps: steps, jobs: [:])
    }

    /// What comes of a request to repeat the original, once the store has told of it.
    @discardableResult
    private func rerun(from start: RerunStart? = nil, of original: LoadedRun? = nil) throws -> Reply? {
        let token = bench.token()
        bench.apply(.rerun(RunKey(1), from: start, token))
        let load = try #require(bench.newLoads().first)
        #expect(load.request == .run(RunKey(1)))
        bench.apply(.loaded(ticket: load.ticket, .run(original ?? self.original)))
        return bench.reply(token.value)
    }

    private func inserted() -> (run: RunRow?, rerun: RerunRow?, steps: [StepRow]) {
        var found: (run: RunRow?, rerun: RerunRow?, steps: [StepRow]) = (nil, nil, [])
        for write in bench.newWrites() {
            switch write {
            case .insertRun(let row): found.run = row
            case .insertRerun(let row): found.rerun = row
            case .insertStep(let row): found.steps.append(row)
            default: break
            }
        }
        return found
    }

    @Test func `a rerun is a new run of the newest version for the same event`() throws {
        try bench.register(Bench.function("job", on: "app/go", retries: 7))
        let reply = try rerun()
        let (run, rerun, steps) = inserted()
        let new = try #require(run)
        guard case .rerun(new.id) = reply else { throw Unexpected() }
        #expect(new.id != original.run.id)
        #expect(new.eventKey == original.run.eventKey)
        #expect(new.functionVersion == 2)
        #expect(new.status == .queued)
        #expect(rerun == RerunRow(runKey: new.key, originalID: original.run.id))
        #expect(steps.isEmpty)
        let order = try #require(bench.newOrders().first)
        #expect(order.runID == new.id)
        #expect(order.steps.isEmpty)
        #expect(order.input == nil)
        #expect(order.event == original.event.payload)
    }

    @Test func `a rerun from a step brings what was recorded before it, whatever its kind`() throws {
        try rerun(from: RerunStart(stepID: "two"))
        let (run, rerun, steps) = inserted()
        let key = try #require(run?.key)
        #expect(rerun?.stepID == "two")
        #expect(
            steps
                == original.steps.prefix(2).map { step in
                    var step = step
                    step.runKey = key
                    return step
                })
        let order = try #require(bench.newOrders().first)
        #expect(order.steps.map(\.id) == ["one", "nap"])
        bench.answer(order, .ran("two"))
        #expect(bench.newOrders().first?.steps.map(\.id) == ["one", "nap", "two"])
    }

    @Test func `a step without a result begins where its run ended`() throws {
        try rerun(from: RerunStart(stepID: "three"))
        #expect(bench.newOrders().first?.steps.map(\.id) == ["one", "nap", "two"])
    }

    @Test func `an edited input goes with every call until its step has a result`() throws {
        let input = RawJSON(text: "[7]")
        try rerun(from: RerunStart(stepID: "two", input: input))
        let first = try #require(bench.newOrders().first)
        #expect(first.input == StepInput(stepID: "two", arguments: input))
        bench.answer(first, .threw("two"))
        bench.advance(by: .minutes(1))
        let second = try #require(bench.newOrders().first)
        #expect(second.attempt == 1)
        #expect(second.input == StepInput(stepID: "two", arguments: input))
        bench.answer(second, .ran("two"))
        #expect(bench.newOrders().first?.input == nil)
    }

    @Test func `a rerun uses up no rate limit`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""rateLimit":{"limit":1,"period":"1h"}"#))
        bench.send("app/go")
        #expect(bench.newOrders().count == 1)
        bench.send("app/go")
        #expect(bench.newOrders().isEmpty)
        try rerun()
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a rerun waits for the limits of every run`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""concurrency":1"#))
        bench.send("app/go")
        let first = try #require(bench.newOrders().first)
        try rerun()
        #expect(bench.newOrders().isEmpty)
        bench.answer(first, .completed(output: .null))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a rerun of a singleton is skipped while another run is unfinished`() throws {
        try bench.register(
            Bench.function("job", on: "app/go", #""singleton":{"mode":"skip","key":"event.data.k"}"#))
        bench.send("app/go", data: #"{"k":"x"}"#)
        _ = bench.newOrders()
        _ = bench.newWrites()
        guard case .rerun = try rerun() else { throw Unexpected() }
        let (run, rerun, _) = inserted()
        #expect(run?.status == .skipped)
        #expect(rerun != nil)
        #expect(bench.newOrders().isEmpty)
    }

    @Test func `a rerun of a paused function is skipped`() throws {
        bench.apply(.changeState([FunctionKey(1)], .paused, bench.token()))
        try rerun(from: RerunStart(stepID: "two"))
        let (run, _, steps) = inserted()
        #expect(run?.status == .skipped)
        #expect(steps.isEmpty)
    }

    @Test func `a rerun does not answer a run that invoked the original`() throws {
        var invoked = original
        invoked.run.correlationID = "01HF.step"
        try rerun(of: invoked)
        #expect(inserted().run?.correlationID == nil)
    }

    @Test func `a run of an archived function is not repeated`() throws {
        try bench.register(Bench.function("other", on: "app/other"))
        _ = bench.newWrites()
        guard case .refused(.archivedFunction("app-job")) = try rerun() else { throw Unexpected() }
        #expect(bench.newWrites().isEmpty)
    }

    @Test func `the run of a batch is repeated with all its events, at once and unwatched`() throws {
        try bench.register(
            Bench.function(
                "job", on: "app/go",
                #""batchEvents":{"maxSize":10,"timeout":"30s"},"timeouts":{"start":"1h"}"#))
        var batch = original
        var other = original.event
        other.key = EventKey(77)
        other.payload = RawJSON(text: #"{"data":{"n":2},"name":"app/go"}"#)
        batch.otherEvents = [other]
        _ = bench.newWrites()
        try rerun(of: batch)
        let writes = bench.newWrites()
        let events = writes.compactMap { if case .insertRunEvent(let row) = $0 { row } else { nil } }
        #expect(events == [RunEventRow(runKey: RunKey(2), position: 1, eventKey: EventKey(77))])
        #expect(!writes.contains { if case .putJob(let job) = $0 { job.core.kind == .startTimeout } else { false } })
        let order = try #require(bench.newOrders().first)
        #expect(order.event == original.event.payload)
        #expect(order.otherEvents == [other.payload])
    }

    @Test func `a run may be repeated again and again`() throws {
        try rerun()
        try rerun()
        #expect(Set(bench.newOrders().map(\.runKey)) == [RunKey(2), RunKey(3)])
    }

    private struct Unexpected: Error {}
}
