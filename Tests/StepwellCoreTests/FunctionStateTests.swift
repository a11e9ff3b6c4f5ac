import StepwellCore
import StepwellModel
import Testing

/// Functions that are paused, drained and resumed.
@Suite struct FunctionStateTests {
    private let bench = Bench()

    private func register(_ options: String = "") throws {
        try bench.register(Bench.function("job", on: "app/go", options))
    }

    @discardableResult
    private func change(to state: FunctionState, of function: Int64 = 1, on bench: Bench? = nil) -> Reply? {
        let bench = bench ?? self.bench
        let token = bench.token()
        bench.apply(.changeState([FunctionKey(function)], state, token))
        return bench.reply(token.value)
    }

    private func started(on bench: Bench? = nil) -> [RunRow] {
        (bench ?? self.bench).newWrites().compactMap { if case .insertRun(let run) = $0 { run } else { nil } }
    }

    private func causes(of run: Int64, on bench: Bench) -> [Explanation.Cause] {
        let token = bench.token()
        bench.apply(.explain(RunKey(run), token))
        guard case .explained(let explanation) = bench.reply(token.value) else { return [] }
        return explanation.actions.flatMap(\.causes)
    }

    @Test(
        arguments: [
            (FunctionState.paused, #"{"reason":"function_paused"}"#),
            (.drained, #"{"reason":"function_drained"}"#),
        ])
    func `a new run of a paused or drained function is recorded as skipped`(state: FunctionState, output: String) throws
    {
        try register()
        change(to: state)
        bench.send("app/go")
        let run = try #require(started().first)
        #expect(run.status == .skipped)
        #expect(run.endedAt == bench.time)
        #expect(run.output?.text == output)
        #expect(bench.newOrders().isEmpty)
        change(to: .active)
        #expect(bench.newOrders().isEmpty)
        bench.send("app/go")
        #expect(bench.newOrders().count == 1)
    }

    @Test func `queued calls stand still while their function is paused, and go on at once`() throws {
        try register(#""concurrency":1"#)
        bench.send("app/go")
        bench.send("app/go")
        let first = try #require(bench.newOrders().first)
        change(to: .paused)
        // What is under way ends as it would.
        bench.answer(first, .completed(output: .null))
        #expect(bench.newWrites().contains { if case .finishRun(_, .completed, _, _) = $0 { true } else { false } })
        bench.advance(by: .hours(48))
        #expect(bench.newOrders().isEmpty)
        change(to: .active)
        let second = try #require(bench.newOrders().first)
        #expect(second.attempt == 0)
        #expect(second.runKey == RunKey(2))
    }

    @Test func `a call that fails while its function is paused keeps the attempts that are left`() throws {
        try register()
        bench.send("app/go")
        let first = try #require(bench.newOrders().first)
        change(to: .paused)
        bench.answer(first, .failed(error: .null, retry: .standard))
        bench.advance(by: .hours(3))
        #expect(bench.newOrders().isEmpty)
        change(to: .active)
        #expect(bench.newOrders().map(\.attempt) == [1])
    }

    @Test func `sleeps and waits elapse while their function is paused`() throws {
        try register()
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .seconds(10)))
        change(to: .paused)
        _ = bench.newWrites()
        bench.advance(by: .seconds(10))
        let steps = bench.newWrites().compactMap { if case .insertStep(let row) = $0 { row.id } else { nil } }
        #expect(steps == ["nap"])
        #expect(bench.newOrders().isEmpty)
        change(to: .active)
        #expect(bench.newOrders().first?.steps.map(\.id) == ["nap"])
    }

    @Test func `a drained function ends what it has begun`() throws {
        try register(#""concurrency":1"#)
        bench.send("app/go")
        bench.send("app/go")
        change(to: .drained)
        bench.answer(try #require(bench.newOrders().first), .ran("one"))
        bench.answer(try #require(bench.newOrders().first), .completed(output: .null))
        bench.answer(try #require(bench.newOrders().first), .completed(output: .null))
        #expect(bench.partition.unfinishedRunCount == 0)
    }

    @Test func `a function that is drained after it was paused goes on with what it has`() throws {
        try register()
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .seconds(1)))
        change(to: .paused)
        bench.advance(by: .seconds(1))
        #expect(bench.newOrders().isEmpty)
        change(to: .drained)
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a paused function does not stand in the way of others that share its limits`() throws {
        let shared = #""concurrency":{"limit":1,"key":"event.data.k","scope":"account"}"#
        try bench.register(
            Bench.function("job", on: "app/go", shared), Bench.function("other", on: "app/other", shared))
        bench.send("app/go", data: #"{"k":"x"}"#)
        let first = try #require(bench.newOrders().first)
        bench.send("app/go", data: #"{"k":"x"}"#)
        bench.send("app/other", data: #"{"k":"x"}"#)
        change(to: .paused)
        bench.answer(first, .completed(output: .null))
        #expect(bench.newOrders().map(\.function.slug) == ["app-other"])
    }

    @Test func `the state holds through a restart and a registration`() throws {
        try register()
        bench.send("app/go")
        change(to: .paused)
        let since = bench.time
        bench.advance(by: .hours(1))
        let (after, _) = try Bench.recover(from: bench)
        // Nothing is read, since nothing is called.
        #expect(after.newLoads().isEmpty)
        #expect(causes(of: 1, on: after) == [.paused(since: since)])
        try after.register(Bench.function("job", on: "app/go", retries: 5))
        after.send("app/go")
        #expect(started(on: after).map(\.status) == [.skipped])
        #expect(after.newLoads().isEmpty)
        change(to: .active, on: after)
        #expect(after.newLoads().map(\.request) == [.run(RunKey(1))])
        let (last, _) = try Bench.recover(from: after)
        #expect(last.newLoads().map(\.request) == [.run(RunKey(1))])
    }

    @Test func `what stands behind others of a paused function says both`() throws {
        try register(#""concurrency":1"#)
        for _ in 0..<3 { bench.send("app/go") }
        change(to: .paused)
        let causes = causes(of: 3, on: bench)
        #expect(causes.contains(.paused(since: bench.time)))
        #expect(causes.contains(.inLine(ahead: 1, isMinimum: false)))
    }

    @Test func `a start timeout cancels a run that a pause keeps from beginning`() throws {
        try register(#""timeouts":{"start":"10s"},"concurrency":1"#)
        bench.send("app/go")
        bench.send("app/go")
        change(to: .paused)
        bench.advance(by: .seconds(10))
        let ended = bench.newWrites().compactMap {
            if case .finishRun(let run, .cancelled, _, _) = $0 { run } else { nil }
        }
        #expect(ended == [RunKey(2)])
    }

    @Test func `a step that invokes a paused function fails`() throws {
        try bench.register(Bench.function("caller", on: "app/call"), Bench.function("callee", on: "app/callee"))
        change(to: .paused, of: 2)
        bench.send("app/call")
        let payload = InvokePayload(data: .emptyObject, user: .emptyObject, version: nil)
        let invoke = StepwellCore.Operation(
            id: "call", name: "call",
            kind: .invoke(function: "app-callee", payload: payload, timeout: .after(.hours(1))),
            options: nil)
        bench.answer(try #require(bench.newOrders().first), invoke)
        let next = try #require(bench.newOrders().first)
        #expect(next.steps.first?.memo.text.contains("the function is paused") == true)
    }

    @Test func `the ticks of a paused schedule are skipped runs`() throws {
        let options = #""triggers":[{"cron":"* * * * *"}]"#
        try bench.register(
            Bench.function("job", on: "app/go").replacing(#""triggers":[{"event":"app/go"}]"#, with: options))
        change(to: .paused)
        bench.advance(by: .minutes(1))
        #expect(started().map(\.status) == [.skipped])
    }

    @Test func `an open batch of a paused function takes events in and stands still, and no new one is opened`() throws
    {
        try register(#""batchEvents":{"maxSize":2,"timeout":"30s"}"#)
        bench.send("app/go")
        change(to: .paused)
        bench.send("app/go")
        bench.send("app/go")
        #expect(started().map(\.status) == [.queued, .skipped])
        #expect(bench.newOrders().isEmpty)
        change(to: .active)
        #expect(bench.newOrders().map(\.otherEvents.count) == [1])
    }

    @Test func `what is so already is answered and not written again`() throws {
        try register()
        change(to: .paused)
        _ = bench.newWrites()
        bench.advance(by: .seconds(5))
        guard case .functionStateChanged = change(to: .paused) else { throw Unexpected() }
        #expect(bench.newWrites().isEmpty)
        change(to: .active)
        #expect(bench.newWrites().count == 1)
        guard case .functionStateChanged = change(to: .active) else { throw Unexpected() }
        #expect(bench.newWrites().isEmpty)
    }

    @Test func `a function that there is not is refused`() {
        guard case .refused(.unknownFunction) = change(to: .paused, of: 7) else {
            Issue.record("it was not refused")
            return
        }
    }

    private struct Unexpected: Error {}
}
