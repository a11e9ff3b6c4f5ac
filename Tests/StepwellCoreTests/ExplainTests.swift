import StepwellModel
import Testing

@testable import StepwellCore

/// Why a run does not go on: one cause after the other.
@Suite struct ExplainTests {
    private let bench: Bench

    init() { bench = Bench() }

    private func register(_ options: String = "") throws {
        try bench.register(Bench.function("job", on: "app/go", options))
    }

    private func send(_ keys: String...) {
        for key in keys { bench.send("app/go", data: #"{"k":"\#(key)"}"#) }
    }

    /// What is told of the run with this key; runs are numbered from 1.
    private func explain(_ run: Int64, on bench: Bench? = nil) throws -> Explanation {
        let bench = bench ?? self.bench
        let token = bench.token()
        _ = bench.newWrites()
        bench.apply(.explain(RunKey(run), token))
        #expect(bench.newWrites().isEmpty, "to explain changes nothing")
        guard case .explained(let explanation) = bench.reply(token.value) else { throw NoExplanation() }
        return explanation
    }

    private struct NoExplanation: Error {}

    /// Of a run with one next action.
    private func causes(_ run: Int64, on bench: Bench? = nil) throws -> [Explanation.Cause] {
        let explanation = try explain(run, on: bench)
        try #require(explanation.actions.count == 1)
        return explanation.actions[0].causes
    }

    private func occupied(_ limit: Int, by run: Int64?, since: Timestamp?) -> Explanation.Occupancy {
        Explanation.Occupancy(
            limit: limit, inUse: limit, oldest: Explanation.Holder(run: run.map { RunKey($0) }, since: since))
    }

    // MARK: - Calls

    @Test func `a call that is under way is told with its beginning`() throws {
        try register()
        let start = bench.time
        send("a")
        bench.advance(by: .seconds(3))
        let action = try explain(1).actions[0]
        #expect(action.causes == [.calling(since: start)])
        #expect(action.kind == .start)
        #expect((action.attempt, action.attemptsMax) == (0, 4))
    }

    @Test func `a run whose details are being read says so`() throws {
        try register()
        send("a")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .seconds(1)))
        let (after, _) = try Bench.recover(from: bench)
        after.advance(by: .seconds(1))
        #expect(after.newLoads().count == 1)
        #expect(try causes(1, on: after) == [.reading])
    }

    @Test func `a finished run is not explained`() throws {
        try register()
        send("a")
        bench.answer(try #require(bench.newOrders().first), .completed(output: .null))
        let token = bench.token()
        bench.apply(.explain(RunKey(1), token))
        guard case .refused(.runNotActive) = bench.reply(token.value) else { throw NoExplanation() }
    }

    // MARK: - Limits

    @Test func `a full concurrency rule is told with its oldest holder`() throws {
        try register(#""concurrency":[{"limit":9},{"limit":2,"key":"event.data.k"}]"#)
        let start = bench.time
        send("a")
        bench.advance(by: .seconds(1))
        send("a", "b", "a")
        #expect(try causes(4) == [.concurrency(rule: 1, .function, occupied(2, by: 1, since: start))])
    }

    @Test func `two full rules are both told`() throws {
        try register(#""concurrency":[{"limit":1},{"limit":1,"key":"event.data.k"}]"#)
        send("a", "a")
        let full = occupied(1, by: 1, since: bench.time)
        #expect(try causes(2) == [.concurrency(rule: 0, .function, full), .concurrency(rule: 1, .function, full)])
    }

    @Test func `a limit that functions share names a holder of another function`() throws {
        let rule = #""concurrency":{"limit":1,"key":"event.data.k","scope":"account"}"#
        try bench.register(Bench.function("one", on: "app/one", rule), Bench.function("two", on: "app/two", rule))
        bench.send("app/one", data: #"{"k":"x"}"#)
        bench.send("app/two", data: #"{"k":"x"}"#)
        #expect(try causes(2) == [.concurrency(rule: 0, .account, occupied(1, by: 1, since: bench.time))])
    }

    @Test func `a slot can be held by a call whose run has ended`() throws {
        try register(#""concurrency":{"limit":1}"#)
        let start = bench.time
        send("a", "b")
        bench.apply(.cancel(RunKey(1), bench.token()))
        #expect(try causes(2) == [.concurrency(rule: 0, .function, occupied(1, by: nil, since: start))])
    }

    @Test func `a limit on whole runs is held by a run that sleeps`() throws {
        try register(#""concurrency":{"fn":[{"limit":1,"scope":"fn"}]}"#)
        send("a", "b")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .hours(1)))
        #expect(try causes(2) == [.runLimit(occupied(1, by: 1, since: nil))])
    }

    @Test func `a throttle tells when the next start comes, and how many go first`() throws {
        try register(#""throttle":{"limit":1,"period":"60s"}"#)
        let start = bench.time
        send("a", "b", "c")
        #expect(try causes(2) == [.throttle(until: start + .minutes(1))])
        #expect(
            try causes(3) == [.throttle(until: start + .minutes(1)), .inLine(ahead: 1, isMinimum: false)])
    }

    @Test func `an app has a limit of calls in flight`() throws {
        var settings = Settings()
        settings.callsPerAppMax = 1
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
        bench.send("app/go")
        bench.send("app/go")
        #expect(try causes(2, on: bench) == [.appLimit(occupied(1, by: 1, since: bench.time))])
    }

    @Test func `an app that is away is told with its last word and the next trial`() throws {
        try register()
        send("a")
        let away = bench.time
        bench.answer(try #require(bench.newOrders().first), .unreachable(message: "refused"))
        let next = away + Partition.probeDelayMin
        #expect(try causes(1) == [.unreachable(since: away, message: "refused", trialAt: next)])
        send("b")
        bench.advance(by: Partition.probeDelayMin)
        #expect(try causes(1) == [.calling(since: next)])
        #expect(try causes(2) == [.unreachable(since: away, message: "refused", trialAt: nil)])
    }

    @Test func `those in line count whoever goes first, by priority`() throws {
        try register(
            #""concurrency":{"limit":1},"priority":{"run":"event.data.k == \"high\" ? 100 : 0"}"#)
        send("a", "b", "c", "high")
        let full = Explanation.Cause.concurrency(rule: 0, .function, occupied(1, by: 1, since: bench.time))
        #expect(try causes(4) == [full])
        #expect(try causes(2) == [full, .inLine(ahead: 1, isMinimum: false)])
        #expect(try causes(3) == [full, .inLine(ahead: 2, isMinimum: false)])
        bench.apply(.cancel(RunKey(2), bench.token()))
        #expect(try causes(3) == [full, .inLine(ahead: 1, isMinimum: false)])
    }

    @Test(arguments: ["", #","priority":{"run":"0"}"#])
    func `a very long line is not counted to its end`(priority: String) throws {
        var settings = Settings()
        settings.explainedPlacesMax = 2
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go", #""concurrency":{"limit":1}"# + priority))
        for _ in 0..<5 { bench.send("app/go") }
        #expect(try causes(4, on: bench).last == .inLine(ahead: 2, isMinimum: false))
        #expect(try causes(5, on: bench).last == .inLine(ahead: 2, isMinimum: true))
    }

    @Test func `a server that stops makes no call`() throws {
        try register(#""concurrency":{"limit":1}"#)
        send("a", "b")
        bench.apply(.drain)
        #expect(try causes(2) == [.draining])
    }

    // MARK: - Times and events

    @Test func `a sleep, a wait and an invocation tell until when`() throws {
        try bench.register(Bench.function("job", on: "app/go"), Bench.function("child", on: "app/child"))
        send("a")
        let start = bench.time
        let payload = InvokePayload(data: .emptyObject, user: .emptyObject, version: nil)
        bench.answer(
            try #require(bench.newOrders().first), .sleep("nap", .hours(1)),
            StepwellCore.Operation(
                id: "wait", name: "wait", kind: .waitForEvent(WaitPlan(eventName: "x"), timeout: .after(.hours(2))),
                options: nil),
            StepwellCore.Operation(
                id: "call", name: "call",
                kind: .invoke(function: "app-child", payload: payload, timeout: .after(.hours(3))), options: nil))
        #expect(
            Set(try explain(1).actions.map(\.causes)) == [
                [.sleeping(until: start + .hours(1))], [.event(until: start + .hours(2))],
                [.invoked(until: start + .hours(3))],
            ])
    }

    @Test func `another attempt tells its time and number`() throws {
        try register()
        send("a")
        let start = bench.time
        bench.answer(
            try #require(bench.newOrders().first),
            .failed(error: RawJSON(text: "{}"), retry: .at(.after(.minutes(1)))))
        let action = try explain(1).actions[0]
        #expect(action.causes == [.retry(at: start + .minutes(1))])
        #expect((action.attempt, action.attemptsMax) == (1, 4))
    }

    @Test func `an event of the future starts its run at its time`() throws {
        try register()
        let later = bench.time + .hours(1)
        bench.send("app/go", at: later)
        #expect(try causes(1) == [.scheduled(at: later)])
    }

    @Test func `of very many timers that are due at once, the later ones are overdue`() throws {
        var settings = Settings()
        settings.timersPerTurnMax = 1
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
        bench.send("app/go")
        bench.send("app/go")
        bench.send("app/go")
        let due = bench.time + .hours(1)
        for order in bench.newOrders() { bench.answer(order, .sleep("nap", .hours(1))) }
        bench.time = due
        let token = bench.token()
        bench.apply(.explain(RunKey(3), token))
        guard case .explained(let explanation) = bench.reply(token.value) else { throw NoExplanation() }
        #expect(explanation.actions.map(\.causes) == [[.overdue(since: due)]])
    }

    @Test func `what may cancel the run is told beside`() throws {
        try register(
            #""timeouts":{"start":"5m"},"concurrency":{"limit":1},"cancel":[{"event":"app/stop","timeout":"1h"}]"#)
        let start = bench.time
        send("a", "b")
        let explanation = try explain(2)
        #expect(explanation.watches.map(\.kind) == [.startTimeout, .cancelOn])
        #expect(explanation.watches.map(\.due) == [start + .minutes(5), start + .hours(1)])
        #expect(explanation.actions.count == 1)
        #expect(explanation.moment == Moment(start))
        #expect(try explain(1).watches.map(\.kind) == [.cancelOn], "the first has begun in time")
    }
}
