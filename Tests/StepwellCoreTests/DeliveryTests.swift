import StepwellExpressions
import StepwellModel
import Testing

@testable import StepwellCore

/// Work that is too much for one turn: events that end very many waits, requests of very many events.
@Suite struct DeliveryTests {
    private let bench: Bench

    init() throws {
        var settings = Settings()
        settings.looksPerTurnMax = 20
        settings.eventsPerTurnMax = 10
        bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
    }

    private func wait(for event: String = "app/ready", runs: Int, timeout: Milliseconds = .hours(1)) {
        for _ in 0..<runs { bench.send("app/go") }
        while bench.partition.hasMoreWork { bench.advance(by: .zero) }
        for order in bench.newOrders() { bench.answer(order, waiting(for: event, timeout)) }
    }

    private func waiting(for event: String, _ timeout: Milliseconds) -> StepwellCore.Operation {
        StepwellCore.Operation(
            id: "w", name: "w", kind: .waitForEvent(WaitPlan(eventName: event), timeout: .after(timeout)), options: nil)
    }

    private func workOff() -> Int {
        var ticks = 0
        while bench.partition.hasMoreWork {
            bench.advance(by: .zero)
            ticks += 1
        }
        return ticks
    }

    /// A request that invokes a function of each id, with the sender's id if there is one.
    private func invoke(_ slugs: [String], id: String? = nil) -> UInt64 {
        let token = bench.token()
        let events = slugs.enumerated().map { place, slug in
            IncomingEvent(
                id: ULID(time: bench.time, entropyHigh: 7, entropyLow: UInt64(place)), name: "app/invoked",
                senderDigest: id.map { Digest(eventID: $0) }, timestamp: bench.time,
                payload: RawJSON(#"{"data":{},"name":"app/invoked"}"#), starts: [], invokedSlug: slug)
        }
        let note = AuditNote(
            actor: "operator_token", address: nil, verb: "function.invoke", target: "", detail: nil)
        bench.apply(
            .audited(
                note, token,
                .events(
                    EventsRequest(
                        token: token, events: events, isSeeded: false,
                        configurationVersion: bench.partition.currentConfiguration.version))))
        return token.value
    }

    private func counts(_ writes: [Write]) -> (runs: Int, audits: Int) {
        (
            writes.count { if case .insertRun = $0 { true } else { false } },
            writes.count { if case .insertAudit = $0 { true } else { false } }
        )
    }

    private func values(_ orders: [CallOrder]) -> [String] {
        orders.map { $0.steps.last?.memo.value(at: ["data", "v"])?.text ?? "null" }
    }

    @Test func `an event that ends very many waits ends them in slices, each once`() throws {
        wait(runs: 30)
        _ = bench.newWrites()
        bench.send("app/ready", data: #"{"v":1}"#)
        #expect(bench.newOrders().count == 3)
        #expect(bench.newWrites().contains { if case .insertDelivery = $0 { true } else { false } })
        #expect(workOff() >= 9)
        #expect(values(bench.newOrders()) == Array(repeating: "1", count: 27))
        #expect(bench.newWrites().filter { if case .deleteDelivery = $0 { true } else { false } }.count == 1)
    }

    @Test func `very many invocations are one commit, with their row of the audit log`() throws {
        bench.holdsCommits = true
        let token = invoke(Array(repeating: "app-job", count: 65))
        #expect(!bench.partition.hasMoreWork)
        #expect(counts(bench.held.last?.writes ?? []) == (65, 1))
        guard case .accepted(let ids) = bench.reply(token) else {
            Issue.record("it was not accepted")
            return
        }
        #expect(ids.count == 65)
    }

    @Test func `very many invocations start nothing when one of them cannot be run`() throws {
        let token = invoke(Array(repeating: "app-job", count: 65) + ["app-gone"])
        guard case .refused(.unknownFunction("app-gone")) = bench.reply(token) else {
            Issue.record("it was not refused")
            return
        }
        #expect(counts(bench.newWrites()) == (0, 0))
    }

    @Test func `an invocation of a function that goes away while its id is looked up is refused`() throws {
        let token = invoke(["app-job"], id: "given")
        let load = try #require(bench.newLoads().first)
        try bench.register(Bench.function("other", on: "app/other"))
        _ = bench.newWrites()
        bench.apply(.loaded(ticket: load.ticket, .idempotency([])))
        guard case .refused(.unknownFunction("app-job")) = bench.reply(token) else {
            Issue.record("it was not refused")
            return
        }
        #expect(counts(bench.newWrites()) == (0, 0))
    }

    @Test func `sleepers that are due together wake batch by batch`() throws {
        var settings = Settings()
        settings.rowsPerBatchWanted = 6
        settings.firedPerBatchMin = 2
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
        for _ in 0..<10 { bench.send("app/go") }
        for order in bench.newOrders() { bench.answer(order, .sleep("nap", .minutes(1))) }
        bench.holdsCommits = true
        bench.time = bench.time + .minutes(1)
        bench.partition.apply(.tick, at: Moment(bench.time))
        // What is left must wait until the store takes the batch.
        #expect(!bench.partition.hasMoreWork)
        bench.advance(by: .zero)
        #expect(bench.newOrders().count < 10)
        #expect(bench.partition.hasMoreWork)
        while bench.partition.hasMoreWork { bench.advance(by: .zero) }
        #expect(bench.partition.liveDispatchCount == 10)
    }

    @Test func `one sleeper is read beside very many of another function that were due before it`() throws {
        var settings = Settings()
        settings.cacheBytesMax = 0
        settings.loadsMax = 2
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("mass", on: "app/mass"), Bench.function("one", on: "app/one"))
        for _ in 0..<10 { bench.send("app/mass") }
        let mass = bench.newOrders()
        for order in mass { bench.answer(order, .sleep("nap", .minutes(1))) }
        bench.advance(by: .seconds(1))
        bench.send("app/one")
        let one = try #require(bench.newOrders().first)
        bench.answer(one, .sleep("nap", .minutes(1)))
        bench.advance(by: .minutes(2))
        #expect(bench.newLoads().map(\.request) == [.run(mass[0].runKey), .run(one.runKey)])
    }

    @Test func `an event that ends few waits leaves nothing for later`() throws {
        wait(runs: 2)
        _ = bench.newWrites()
        bench.send("app/ready")
        #expect(bench.newOrders().count == 2)
        #expect(!bench.partition.hasMoreWork)
        #expect(!bench.newWrites().contains { if case .insertDelivery = $0 { true } else { false } })
    }

    @Test func `a later event does not overtake one of its name, whatever else may`() throws {
        wait(runs: 30)
        wait(for: "app/other", runs: 1)
        bench.send("app/ready", data: #"{"v":1}"#)
        bench.send("app/ready", data: #"{"v":2}"#)
        bench.send("app/other", data: #"{"v":3}"#)
        #expect(values(bench.newOrders()) == ["1", "1", "1", "3"])
        _ = workOff()
        #expect(values(bench.newOrders()) == Array(repeating: "1", count: 27))
    }

    @Test func `a wait that was registered after the event is not ended by it`() throws {
        wait(runs: 30)
        bench.send("app/go")
        let late = try #require(bench.newOrders().first)
        bench.send("app/ready", data: #"{"v":1}"#)
        bench.answer(late, waiting(for: "app/ready", .hours(1)))
        _ = workOff()
        #expect(values(bench.newOrders()) == Array(repeating: "1", count: 30))
        bench.send("app/ready", data: #"{"v":2}"#)
        #expect(values(bench.newOrders()) == ["2"])
    }

    @Test func `a wait whose time comes while its event is on its way gets the event`() throws {
        wait(runs: 30, timeout: .seconds(10))
        bench.send("app/ready", data: #"{"v":1}"#)
        bench.advance(by: .seconds(10))
        _ = workOff()
        #expect(values(bench.newOrders()) == Array(repeating: "1", count: 30))
    }

    @Test func `a wait that ends otherwise while its event is on its way is passed over`() throws {
        wait(runs: 30)
        bench.send("app/ready", data: #"{"v":1}"#)
        for run in 1...20 { bench.apply(.cancel(RunKey(Int64(run)), bench.token())) }
        _ = workOff()
        #expect(values(bench.newOrders()) == Array(repeating: "1", count: 10))
        #expect(bench.partition.unfinishedRunCount == 10)
    }

    @Test func `an event on its way goes on after a restart`() throws {
        wait(runs: 1)
        let key = EventKey(bench.partition.marks.event + 1)
        let (after, run) = try Bench.recover(
            from: bench,
            delivering: [
                EventRow(
                    key: key, id: ULID(time: bench.time, entropyHigh: 0, entropyLow: 0), name: "app/ready",
                    receivedAt: bench.time, payload: RawJSON(text: #"{"data":{"v":1},"name":"app/ready"}"#))
            ])
        #expect(after.partition.hasMoreWork)
        after.advance(by: .zero)
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        #expect(values(after.newOrders()) == ["1"])
        #expect(after.newWrites().contains(.deleteDelivery(key)))
    }

    @Test func `of very many events on their way a few are in memory, and the others are read in order`() throws {
        wait(runs: 40)
        _ = bench.newWrites()
        for value in 1...100 { bench.send("app/ready", data: #"{"v":\#(value)}"#) }
        let events = bench.newWrites().compactMap { if case .insertEvent(let row) = $0 { row } else { nil } }
        var most = 0
        for _ in 0..<300 where !bench.partition.deliveries.isEmpty {
            most = max(most, bench.partition.deliveries["app/ready"]?.queue.count ?? 0)
            bench.advance(by: .zero)
            bench.answerDeliveries(events)
            for order in bench.newOrders() where order.steps.last?.memo.value(at: ["data", "v"])?.text != "1" {
                Issue.record("a later event came first")
            }
        }
        #expect(bench.partition.deliveries.isEmpty)
        #expect(most <= 2 * Settings().deliveriesInMemoryMax)
        #expect(bench.newWrites().filter { if case .deleteDelivery = $0 { true } else { false } }.count == 100)
    }

    @Test func `an event that becomes durable while the page before it is on its way back is read all the same`() throws
    {
        var settings = Settings()
        settings.looksPerTurnMax = 20
        settings.deliveriesInMemoryMax = 2
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
        var plan = WaitPlan(eventName: "app/ready")
        plan.residual = try Expression(parsing: "async.data.v > 3")
        let wait = StepwellCore.Operation(
            id: "w", name: "w", kind: .waitForEvent(plan, timeout: .after(.hours(1))), options: nil)
        for _ in 0..<30 {
            bench.send("app/go")
            for order in bench.newOrders() { bench.answer(order, wait) }
        }
        _ = bench.newWrites()
        bench.holdsCommits = true
        func commit(_ batches: Int) {
            for batch in bench.held.prefix(batches) { bench.apply(.committed(batch.sequence)) }
        }
        for value in 1...3 { bench.send("app/ready", data: #"{"v":\#(value)}"#) }
        commit(3)
        func workOff() { while bench.partition.hasMoreWork { bench.advance(by: .zero) } }
        workOff()
        let first = try #require(bench.newLoads().first)
        bench.send("app/ready", data: #"{"v":4}"#)
        let events = bench.newWrites().compactMap { if case .insertEvent(let row) = $0 { row } else { nil } }
        let ready = events.filter { $0.name == "app/ready" }
        bench.apply(.loaded(ticket: first.ticket, .deliveries([ready[2]], isComplete: true)))
        workOff()
        commit(4)
        // It sees that there are more events, and none of them.
        let second = try #require(bench.newLoads().first)
        commit(.max)
        bench.apply(.loaded(ticket: second.ticket, .deliveries([], isComplete: true)))
        let third = try #require(bench.newLoads().first)
        bench.apply(.loaded(ticket: third.ticket, .deliveries([ready[3]], isComplete: true)))
        workOff()
        #expect(values(bench.newOrders()) == Array(repeating: "4", count: 30))
    }

    @Test func `a wait's time waits while very many events are on their way to it`() throws {
        wait(runs: 30, timeout: .seconds(10))
        for value in 1...20 { bench.send("app/ready", data: #"{"v":\#(value)}"#) }
        bench.advance(by: .seconds(10))
        _ = workOff()
        #expect(values(bench.newOrders()) == Array(repeating: "1", count: 30))
        bench.advance(by: .seconds(1))
        #expect(bench.newOrders().isEmpty)
    }

    @Test func `very many events of one request are taken in by slices, and answered together`() throws {
        let token = bench.token()
        let events = (0..<25).map { place in
            IncomingEvent(
                id: ULID(time: bench.time, entropyHigh: 7, entropyLow: UInt64(place)), name: "app/go",
                senderDigest: nil, timestamp: bench.time,
                payload: RawJSON(text: #"{"data":{},"id":"\#(place)","name":"app/go","ts":0,"user":{}}"#), starts: [])
        }
        bench.apply(
            .events(EventsRequest(token: token, events: events, isSeeded: false, configurationVersion: -1)))
        var orders = [bench.newOrders().count]
        while bench.partition.hasMoreWork {
            if case .accepted? = bench.reply(token.value) { Issue.record("answered before all is taken in") }
            bench.send("app/nothing")
            bench.advance(by: .zero)
            orders.append(bench.newOrders().count)
        }
        #expect(orders == [0, 10, 10, 5])
        guard case .accepted(let ids)? = bench.reply(token.value) else {
            Issue.record("the request was not answered")
            return
        }
        #expect(ids == events.map(\.id))
    }
}
