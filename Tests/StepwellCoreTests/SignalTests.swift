import StepwellCore
import StepwellModel
import Testing

@Suite struct SignalTests {
    let bench = Bench()

    init() throws { try bench.register(Bench.function("waiter", on: "app/wait")) }

    private func wait(
        _ signal: String, id: String = "wait", timeout: Milliseconds = .hours(1), replaces: Bool = false
    ) -> StepwellCore.Operation {
        .init(
            id: id, name: id, kind: .waitForSignal(signal, timeout: .after(timeout), replaces: replaces), options: nil)
    }

    /// A run that waits for `signal`.
    private func waiter(_ signal: String, timeout: Milliseconds = .hours(1), replaces: Bool = false) throws -> CallOrder
    {
        bench.send("app/wait")
        let order = try #require(bench.newOrders().first)
        bench.answer(order, wait(signal, timeout: timeout, replaces: replaces))
        return order
    }

    private func send(_ name: String, _ data: String = "null", on bench: Bench? = nil) -> Reply? {
        let bench = bench ?? self.bench
        let token = bench.token()
        bench.apply(.signal(SentSignal(name: name, data: RawJSON(text: data)), token))
        return bench.reply(token.value)
    }

    @Test func `a signal is the result of the step that waits for its name, and the sender learns the run`() throws {
        let order = try waiter("go")
        guard case .signalled(order.runKey) = send("go", #"{"n":1}"#) else {
            Issue.record("the signal did not arrive")
            return
        }
        let next = try #require(bench.newOrders().first)
        #expect(next.steps.map(\.memo.text) == [#"{"data":{"data":{"n":1},"signal":"go"}}"#])
    }

    @Test(arguments: ["other", "GO", "go ", ""])
    func `a signal that nobody waits for is refused and leaves nothing behind`(name: String) throws {
        _ = try waiter("go")
        _ = bench.newWrites()
        guard case .refused(.nobodyWaits) = send(name) else {
            Issue.record("somebody got it")
            return
        }
        #expect(bench.newWrites().isEmpty)
        #expect(bench.newOrders().isEmpty)
    }

    @Test func `a second signal finds nobody`() throws {
        _ = try waiter("go")
        _ = send("go")
        guard case .refused(.nobodyWaits) = send("go") else {
            Issue.record("somebody got it")
            return
        }
    }

    @Test func `a wait for a signal is over at its timeout with null`() throws {
        _ = try waiter("go", timeout: .minutes(5))
        bench.advance(by: .minutes(5))
        #expect(try #require(bench.newOrders().first).steps.map(\.memo) == [.null])
        guard case .refused(.nobodyWaits) = send("go") else {
            Issue.record("somebody got it")
            return
        }
    }

    @Test func `a run that waits for a taken signal fails, and the first goes on waiting`() throws {
        let first = try waiter("go")
        _ = bench.newWrites()
        let second = try waiter("go")
        let ends = bench.newWrites().compactMap { write -> String? in
            guard case .finishRun(second.runKey, .failed, _, let output) = write else { return nil }
            return output?.text
        }
        let message = "Signal conflict; signal wait already exists for another run"
        #expect(ends == [#"{"error":"\#(message)","message":"\#(message)","name":"Error"}"#])
        guard case .signalled(first.runKey) = send("go") else {
            Issue.record("the first does not wait any more")
            return
        }
    }

    @Test func `two waits for one signal in one answer fail the run`() throws {
        bench.send("app/wait")
        let order = try #require(bench.newOrders().first)
        bench.answer(order, wait("go", id: "a"), wait("go", id: "b"))
        #expect(bench.partition.unfinishedRunCount == 0)
    }

    @Test func `a wait that replaces another gets the signal, and the other ends by its timeout`() throws {
        _ = try waiter("go", timeout: .minutes(5))
        let second = try waiter("go", replaces: true)
        guard case .signalled(second.runKey) = send("go", "2") else {
            Issue.record("the second does not wait")
            return
        }
        #expect(try #require(bench.newOrders().first).runKey == second.runKey)
        bench.advance(by: .minutes(5))
        #expect(try #require(bench.newOrders().first).steps.map(\.memo) == [.null])
    }

    @Test func `a cancelled run frees its signal`() throws {
        let first = try waiter("go")
        bench.apply(.cancel(first.runKey, bench.token()))
        let second = try waiter("go")
        guard case .signalled(second.runKey) = send("go") else {
            Issue.record("the second does not wait")
            return
        }
    }

    @Test func `a waiter of before a restart gets the signal once its run is read`() throws {
        let order = try waiter("go")
        let (after, run) = try Bench.recover(from: bench)
        guard case .signalled(order.runKey) = send("go", "7", on: after) else {
            Issue.record("nobody waits after the restart")
            return
        }
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        #expect(
            try #require(after.newOrders().first).steps.map(\.memo.text) == [#"{"data":{"data":7,"signal":"go"}}"#])
    }

    @Test func `a signal that came before a restart and was not recorded is recorded after it`() throws {
        let order = try waiter("go")
        let (second, run) = try Bench.recover(from: bench)
        _ = send("go", "7", on: second)
        let (third, loaded) = try Bench.recover(from: second, earlier: run)
        #expect(loaded.matches.count == 1)
        guard case .refused(.nobodyWaits) = send("go", on: third) else {
            Issue.record("the signal was taken twice")
            return
        }
        let load = try #require(third.newLoads().first)
        third.apply(.loaded(ticket: load.ticket, .run(loaded)))
        let next = try #require(third.newOrders().first)
        #expect(next.runKey == order.runKey)
        #expect(next.steps.map(\.memo.text) == [#"{"data":{"data":7,"signal":"go"}}"#])
    }

    @Test func `a waiter that was replaced before a restart stays replaced`() throws {
        _ = try waiter("go", timeout: .minutes(5))
        let second = try waiter("go", replaces: true)
        bench.apply(.cancel(second.runKey, bench.token()))
        let (after, _) = try Bench.recover(from: bench)
        guard case .refused(.nobodyWaits) = send("go", on: after) else {
            Issue.record("the first waits again")
            return
        }
    }

    @Test func `why names the end of the wait, and that it was replaced`() throws {
        let first = try waiter("go")
        #expect(try causes(of: first.runKey) == [.signal(until: bench.time + .hours(1), isReplaced: false)])
        _ = try waiter("go", replaces: true)
        #expect(try causes(of: first.runKey) == [.signal(until: bench.time + .hours(1), isReplaced: true)])
    }

    private func causes(of run: RunKey) throws -> [Explanation.Cause] {
        let token = bench.token()
        bench.apply(.explain(run, token))
        guard case .explained(let explanation)? = bench.reply(token.value) else { return [] }
        return explanation.actions.flatMap(\.causes)
    }
}
