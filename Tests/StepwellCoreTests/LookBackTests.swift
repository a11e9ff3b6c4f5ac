import StepwellCore
import StepwellModel
import Testing

@Suite struct LookBackTests {
    let bench = Bench()

    init() throws { try bench.register(Bench.function("job", on: "app/go")) }

    private func wait(
        _ id: String = "wait", for name: String = "app/done", if expression: String? = "event.data.id == async.data.id",
        timeout: Milliseconds = .hours(1), since: LookBack? = nil, any: String? = nil, _ order: CallOrder
    ) throws -> StepwellCore.Operation {
        let plan = try WaitPlan(
            eventName: name, expression: expression, event: EventView(name: "app/go", payload: order.event),
            now: bench.time)
        return .init(
            id: id, name: id, kind: .waitForEvent(plan, timeout: .after(timeout), since: since),
            options: any.map { RawJSON(text: #"{"any":"\#($0)"}"#) })
    }

    private func started() throws -> CallOrder {
        bench.send("app/go", data: #"{"id":7}"#)
        return try #require(bench.newOrders().first)
    }

    private func event(_ id: Int, key: Int64) -> EventRow {
        let own = ULID(time: bench.time, entropyHigh: 9, entropyLow: UInt64(key))
        return EventRow(
            key: EventKey(key), id: own, name: "app/done", receivedAt: bench.time,
            payload: RawJSON(text: #"{"data":{"id":\#(id)},"id":"\#(own)","name":"app/done","ts":1,"user":{}}"#))
    }

    private func request(_ load: Load) throws -> LookBackRequest {
        guard case .lookBack(let request) = load.request else { throw Missing() }
        return request
    }

    @Test func `what came before is read once the wait is durable, and ends it`() throws {
        let order = try started()
        bench.send("app/done", data: #"{"id":7}"#)
        bench.holdsCommits = true
        bench.answer(order, try wait(since: .runStart, order))
        #expect(bench.newLoads().isEmpty)
        for batch in bench.held { bench.apply(.committed(batch.sequence)) }
        let load = try #require(bench.newLoads().first)
        let request = try request(load)
        #expect(request.eventName == "app/done" && request.from == bench.time && request.run == order.runKey)
        #expect(request.after == EventKey(0) && request.upTo == EventKey(2))
        bench.apply(.loaded(ticket: load.ticket, .lookBack([event(8, key: 1), event(7, key: 2)], isComplete: true)))
        #expect(bench.newOrders().first?.steps.first?.memo.value(at: ["data", "id"])?.integer == 7)
    }

    @Test func `looking back leaves room for other loads, and takes turns`() throws {
        var settings = Settings()
        settings.loadsMax = 4
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
        for _ in 0..<3 {
            bench.send("app/go", data: #"{"id":7}"#)
            let order = try #require(bench.newOrders().first)
            bench.answer(order, try wait(since: .runStart, order))
        }
        let first = try #require(bench.newLoads().first)
        #expect(bench.newLoads().isEmpty)
        bench.apply(.loaded(ticket: first.ticket, .lookBack([event(1, key: 1)], isComplete: false)))
        let second = try #require(bench.newLoads().first)
        #expect(try request(second).run == RunKey(2))
    }

    @Test func `a window is counted from the wait, and what does not match is passed over in parts`() throws {
        let order = try started()
        bench.advance(by: .minutes(10))
        bench.answer(order, try wait(since: .span(.minutes(3)), order))
        let first = try #require(bench.newLoads().first)
        #expect(try request(first).from == bench.time - .minutes(3))
        bench.apply(.loaded(ticket: first.ticket, .lookBack([event(1, key: 5)], isComplete: false)))
        let second = try #require(bench.newLoads().first)
        #expect(try request(second).after == EventKey(5))
        bench.apply(.loaded(ticket: second.ticket, .lookBack([event(2, key: 6)], isComplete: true)))
        #expect(bench.newOrders().isEmpty)
        #expect(bench.newWrites().contains { if case .endLookBack = $0 { true } else { false } })
        bench.send("app/done", data: #"{"id":7}"#)
        #expect(bench.newOrders().count == 1)
    }

    @Test func `an event that comes meanwhile ends the wait, and what is read then counts for nothing`() throws {
        let order = try started()
        bench.answer(order, try wait(since: .runStart, order))
        let load = try #require(bench.newLoads().first)
        bench.send("app/done", data: #"{"id":7}"#)
        let next = try #require(bench.newOrders().first)
        bench.answer(next, try wait("again", since: .runStart, next))
        bench.apply(.loaded(ticket: load.ticket, .lookBack([event(7, key: 1)], isComplete: true)))
        #expect(bench.newOrders().isEmpty)
        #expect(next.steps.count == 1)
    }

    @Test func `a wait whose time is up looks back first`() throws {
        let order = try started()
        bench.answer(order, try wait(timeout: .zero, since: .runStart, order))
        bench.advance(by: .seconds(1))
        #expect(bench.newOrders().isEmpty)
        let load = try #require(bench.newLoads().first)
        bench.apply(.loaded(ticket: load.ticket, .lookBack([], isComplete: true)))
        #expect(bench.newOrders().first?.steps.map(\.memo) == [.null])
    }

    @Test func `a wait that had not looked at all before a restart begins anew`() throws {
        let order = try started()
        bench.answer(order, try wait(since: .runStart, order))
        let (after, run) = try Bench.recover(from: bench)
        let load = try #require(after.newLoads().first)
        #expect(try request(load).from == bench.time)
        after.apply(.loaded(ticket: load.ticket, .lookBack([event(7, key: 1)], isComplete: true)))
        let read = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: read.ticket, .run(run)))
        #expect(after.newOrders().first?.steps.first?.memo.value(at: ["data", "id"])?.integer == 7)
    }

    @Test func `a wait that has looked back does not do so again after a restart`() throws {
        let order = try started()
        bench.answer(order, try wait(since: .runStart, order))
        let load = try #require(bench.newLoads().first)
        bench.apply(.loaded(ticket: load.ticket, .lookBack([], isComplete: true)))
        let (after, _) = try Bench.recover(from: bench)
        #expect(after.newLoads().isEmpty)
    }

    @Test func `a run that is cancelled while it looks back leaves nothing behind`() throws {
        let order = try started()
        bench.answer(order, try wait(since: .runStart, order))
        let load = try #require(bench.newLoads().first)
        bench.apply(.cancel(order.runKey, bench.token()))
        bench.apply(.loaded(ticket: load.ticket, .lookBack([event(7, key: 1)], isComplete: true)))
        #expect(bench.partition.unfinishedRunCount == 0 && bench.newOrders().isEmpty)
    }

    // MARK: - Several events

    @Test func `the first of several events ends the other waits, and one call follows`() throws {
        let order = try started()
        bench.answer(
            order, try wait("a", any: "g", order), try wait("b", for: "app/other", any: "g", order),
            try wait("c", for: "app/third", any: "h", order))
        bench.send("app/other", data: #"{"id":7}"#)
        #expect(bench.newOrders().isEmpty)
        let deleted = bench.newWrites().count { if case .deleteJob = $0 { true } else { false } }
        #expect(deleted == 2)
        bench.send("app/done", data: #"{"id":7}"#)
        bench.send("app/third", data: #"{"id":7}"#)
        let next = try #require(bench.newOrders().first)
        #expect(next.steps.map(\.id) == ["b", "a", "c"])
        #expect(next.steps.map { $0.memo == .null } == [false, true, false])
    }

    @Test func `when none of several comes in time, all have nothing and one call follows`() throws {
        let order = try started()
        bench.answer(order, try wait("a", any: "g", order), try wait("b", for: "app/other", any: "g", order))
        bench.advance(by: .hours(1))
        let orders = bench.newOrders()
        #expect(orders.count == 1 && orders.first?.steps.map(\.memo) == [.null, .null])
    }

    @Test func `two events of one batch end one of several waits once`() throws {
        let order = try started()
        bench.answer(order, try wait("a", any: "g", order), try wait("b", any: "g", order))
        bench.send("app/done", data: #"{"id":7}"#)
        let next = try #require(bench.newOrders().first)
        #expect(next.steps.count == 2)
        #expect(next.steps.count { $0.memo == .null } == 1)
    }
}
