import StepwellModel
import Testing

@testable import StepwellCore

/// Debounces and batches: starts that are held back while events come in.
@Suite struct HoldTests {
    let bench = Bench()

    private func register(_ options: String) throws {
        try bench.register(Bench.function("job", on: "app/go", options))
    }

    private func send(_ values: String...) {
        for value in values { bench.send("app/go", data: #"{"k":"\#(value.prefix(1))","v":"\#(value)"}"#) }
    }

    private func values(_ order: CallOrder?) -> [String] {
        guard let order else { return [] }
        return ([order.event] + order.otherEvents).map { $0.value(at: ["data", "v"])?.string ?? "" }
    }

    private func orders(on bench: Bench? = nil) -> [[String]] { (bench ?? self.bench).newOrders().map { values($0) } }

    private func endings() -> [RunStatus] {
        bench.newWrites().compactMap { if case .finishRun(_, let status, _, _) = $0 { status } else { nil } }
    }

    private func causes(_ run: Int64) throws -> [Explanation.Cause] {
        let token = bench.token()
        bench.apply(.explain(RunKey(run), token))
        guard case .explained(let explanation)? = bench.reply(token.value) else { return [] }
        return explanation.actions.flatMap(\.causes)
    }

    private func invoke(_ function: String, _ id: String, from order: CallOrder) {
        let payload = InvokePayload(data: RawJSON(text: #"{"v":"\#(id)"}"#), user: .emptyObject, version: nil)
        bench.answer(
            order,
            StepwellCore.Operation(
                id: id, name: id, kind: .invoke(function: function, payload: payload, timeout: .after(.hours(1))),
                options: nil))
    }

    // MARK: - Bulk work

    /// Over what the bench has written, bulk work that cancels has found its one run, which is read for it.
    private func cancelling() throws -> (bench: Bench, work: ULID, load: Load, run: LoadedRun) {
        let (after, run) = try Bench.recover(from: bench)
        let token = after.token()
        after.apply(
            .beginBulk(BulkRequest(action: .cancel, filter: BulkFilter()), condition: nil, token))
        guard case .bulkBegun(let id) = after.reply(token.value), let page = after.newLoads().last else {
            throw Unexpected()
        }
        let found = BulkPage(runs: [BulkCandidate(key: RunKey(1))], cursor: 1)
        after.apply(.loaded(ticket: page.ticket, .bulkPage(found)))
        return (after, id, try #require(after.newLoads().first), run)
    }

    private struct Unexpected: Error {}

    @Test func `bulk work that is stopped while it reads a held run leaves the hold open`() throws {
        try register(#""batchEvents":{"maxSize":9,"timeout":"10s"}"#)
        send("a1")
        let (after, work, load, run) = try cancelling()
        after.apply(.stopBulk(work, after.token()))
        after.send("app/go", data: #"{"k":"a","v":"a2"}"#)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        after.advance(by: .seconds(10))
        #expect(orders(on: after) == [["a1", "a2"]])
        #expect(after.partition.unfinishedRunCount == 1)
    }

    @Test
    func `an event that joins a held run before bulk work ends it is ended with it, and the next one opens another`()
        throws
    {
        try register(#""batchEvents":{"maxSize":9,"timeout":"10s"}"#)
        send("a1")
        let (after, _, load, run) = try cancelling()
        after.send("app/go", data: #"{"k":"a","v":"a2"}"#)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        after.send("app/go", data: #"{"k":"a","v":"a3"}"#)
        after.advance(by: .seconds(10))
        #expect(orders(on: after) == [["a3"]])
    }

    // MARK: - Debounce

    @Test func `a debounced run starts with the last event, once none has come for the period`() throws {
        try register(#""debounce":{"period":"10s"}"#)
        send("a1")
        bench.advance(by: .seconds(9))
        send("a2")
        bench.advance(by: .seconds(9))
        send("a3")
        bench.advance(by: .seconds(10) - Milliseconds(1))
        #expect(orders().isEmpty)
        bench.advance(by: Milliseconds(1))
        #expect(orders() == [["a3"]])
        #expect(bench.partition.unfinishedRunCount == 1)
    }

    @Test func `each value of a debounce's key has a time of its own`() throws {
        try register(#""debounce":{"period":"10s","key":"event.data.k"}"#)
        send("a1")
        bench.advance(by: .seconds(5))
        send("b1", "b2")
        bench.advance(by: .seconds(5))
        #expect(orders() == [["a1"]])
        bench.advance(by: .seconds(5))
        #expect(orders() == [["b2"]])
    }

    @Test func `a debounce's timeout counts from the first event, whatever comes`() throws {
        try register(#""debounce":{"period":"10s","timeout":"25s"}"#)
        for value in ["a1", "a2", "a3"] {
            send(value)
            bench.advance(by: .seconds(9) - Milliseconds(1))
        }
        #expect(orders() == [["a3"]])
        try register(#""debounce":{"period":"10s","timeout":"4s"}"#)
        send("b1")
        bench.advance(by: .seconds(4))
        #expect(orders() == [["b1"]])
    }

    @Test func `an event that is older by its own time is ignored, and does not begin the period anew`() throws {
        try register(#""debounce":{"period":"10s"}"#)
        send("a1")
        bench.advance(by: .seconds(5))
        bench.send("app/go", data: #"{"v":"old"}"#, at: bench.time - .minutes(1))
        bench.advance(by: .seconds(5))
        #expect(orders() == [["a1"]])
    }

    @Test func `an event that a debounce ignores is dropped, with the run that goes on without it`() throws {
        try register(#""debounce":{"period":"1s"}"#)
        send("a1")
        bench.send("app/go", data: "{}", at: bench.time - .seconds(5))
        #expect(
            bench.newWrites().compactMap { if case .insertDroppedStart(let row) = $0 { row } else { nil } } == [
                DroppedStartRow(
                    eventKey: EventKey(2), functionKey: FunctionKey(1), reason: .outdated, runKey: RunKey(1))
            ])
    }

    @Test func `what a debounced run's keys come to is what its last event says`() throws {
        try register(#""debounce":{"period":"10s"},"concurrency":{"limit":1,"key":"event.data.k"}"#)
        send("a1")
        bench.advance(by: .seconds(10))
        #expect(orders() == [["a1"]])
        send("b1", "a2")
        bench.advance(by: .seconds(10))
        #expect(orders().isEmpty, "the key of a2 is in use")
        send("a3", "c1")
        bench.advance(by: .seconds(10))
        #expect(orders() == [["c1"]])
    }

    @Test func `an event id that has come to a debounce does not come again`() throws {
        try register(#""debounce":{"period":"10s"}"#)
        bench.send("app/go", data: #"{"v":"once"}"#, id: "x")
        let load = try #require(bench.newLoads().first)
        bench.apply(.loaded(ticket: load.ticket, .idempotency([])))
        send("a1")
        bench.send("app/go", data: #"{"v":"again"}"#, id: "x")
        let second = try #require(bench.newLoads().first)
        bench.apply(.loaded(ticket: second.ticket, .idempotency([FunctionKey(1)])))
        bench.advance(by: .seconds(10))
        #expect(orders() == [["a1"]])
    }

    @Test func `a singleton is looked at when the debounce ends`() throws {
        try register(#""debounce":{"period":"10s"},"singleton":{"mode":"skip"}"#)
        send("a1")
        bench.advance(by: .seconds(10))
        let first = try #require(bench.newOrders().first)
        send("a2")
        bench.advance(by: .seconds(10))
        #expect(endings() == [.skipped])
        send("a3")
        bench.answer(first, .completed(output: .null))
        bench.advance(by: .seconds(10))
        #expect(orders() == [["a3"]])
    }

    @Test func `a debounced run is cancelled by events from its start on, as its last event says`() throws {
        try register(
            #""debounce":{"period":"10s"},"cancel":[{"event":"app/stop","if":"event.data.v == async.data.v"}]"#)
        send("a1", "a2")
        bench.send("app/stop", data: #"{"v":"a2"}"#)
        bench.advance(by: .seconds(10))
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .hours(1)))
        bench.send("app/stop", data: #"{"v":"a1"}"#)
        #expect(endings().isEmpty)
        bench.send("app/stop", data: #"{"v":"a2"}"#)
        #expect(endings() == [.cancelled])
    }

    @Test func `the time to start counts from the debounce's end`() throws {
        try register(#""debounce":{"period":"10s"},"timeouts":{"start":"2s"},"concurrency":1"#)
        send("a1")
        bench.advance(by: .seconds(10))
        #expect(orders() == [["a1"]])
        send("a2")
        bench.advance(by: .seconds(10))
        bench.advance(by: .seconds(2) - Milliseconds(1))
        #expect(endings().isEmpty)
        bench.advance(by: Milliseconds(1))
        #expect(endings() == [.cancelled])
    }

    @Test func `a debounce that was cancelled is gone, and the next event opens another`() throws {
        try register(#""debounce":{"period":"10s"}"#)
        send("a1")
        bench.apply(.cancel(RunKey(1), bench.token()))
        #expect(endings() == [.cancelled])
        bench.advance(by: .seconds(5))
        send("a2")
        bench.advance(by: .seconds(5))
        #expect(orders().isEmpty)
        bench.advance(by: .seconds(5))
        #expect(orders() == [["a2"]])
    }

    @Test func `a debounce outlives a restart with its last event and its time`() throws {
        try register(#""debounce":{"period":"10s","timeout":"30s"}"#)
        send("a1")
        bench.advance(by: .seconds(9))
        send("a2")
        bench.advance(by: .seconds(9))
        let (after, run) = try Bench.recover(from: bench)
        after.send("app/go", data: #"{"v":"a3"}"#)
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        after.advance(by: .seconds(10) - Milliseconds(1))
        #expect(orders(on: after).isEmpty)
        after.advance(by: Milliseconds(1))
        #expect(orders(on: after) == [["a3"]])
    }

    @Test func `a run that is debounced says until when, and how many events have come`() throws {
        try register(#""debounce":{"period":"10s"}"#)
        send("a1", "a2", "a3")
        #expect(try causes(1) == [.debounce(until: bench.time + .seconds(10), events: 3)])
    }

    @Test func `an event of the future starts its debounced run when its time has come`() throws {
        try register(#""debounce":{"period":"10s"}"#)
        bench.send("app/go", data: #"{"v":"later"}"#, at: bench.time + .minutes(1))
        bench.advance(by: .minutes(1) - Milliseconds(1))
        #expect(orders().isEmpty)
        bench.advance(by: Milliseconds(1))
        #expect(orders() == [["later"]])
    }

    // MARK: - Batches

    @Test func `a batch starts one run with all its events when it is full`() throws {
        try register(#""batchEvents":{"maxSize":3,"timeout":"10s"}"#)
        send("a1", "a2")
        #expect(orders().isEmpty)
        send("a3", "a4")
        #expect(orders() == [["a1", "a2", "a3"]])
        bench.advance(by: .seconds(10))
        #expect(orders() == [["a4"]])
    }

    @Test func `a batch starts at its timeout after the first event`() throws {
        try register(#""batchEvents":{"maxSize":3,"timeout":"10s"}"#)
        send("a1")
        bench.advance(by: .seconds(9))
        send("a2")
        bench.advance(by: .seconds(1))
        #expect(orders() == [["a1", "a2"]])
    }

    @Test func `each value of a batch's key fills a batch of its own`() throws {
        try register(#""batchEvents":{"maxSize":2,"timeout":"10s","key":"event.data.k"}"#)
        send("a1", "b1", "b2", "a2")
        #expect(orders() == [["b1", "b2"], ["a1", "a2"]])
    }

    @Test func `events for which the condition is false or fails start runs of their own at once`() throws {
        try register(
            #""batchEvents":{"maxSize":2,"timeout":"10s","if":"event.data.k == \"b\" ? 1 / 0 : event.data.k == \"a\""}"#
        )
        send("a1", "b1", "c1", "a2")
        #expect(orders() == [["b1"], ["c1"], ["a1", "a2"]])
    }

    @Test func `a batch of ten megabytes is full`() throws {
        try register(#""batchEvents":{"maxSize":1000,"timeout":"10s"}"#)
        let bulk = String(repeating: "x", count: 3 << 20)
        for _ in 0..<3 { bench.send("app/go", data: #"{"v":"\#(bulk)"}"#) }
        #expect(orders().isEmpty)
        bench.send("app/go", data: #"{"v":"\#(bulk)"}"#)
        #expect(bench.newOrders().first?.otherEvents.count == 3)
    }

    @Test func `rate limits do not count for batches`() throws {
        try register(#""batchEvents":{"maxSize":3,"timeout":"10s"},"rateLimit":{"limit":1,"period":"1m"}"#)
        send("a1", "a2", "a3")
        #expect(orders() == [["a1", "a2", "a3"]])
    }

    @Test func `an event id joins a batch once`() throws {
        try register(#""batchEvents":{"maxSize":2,"timeout":"10s"}"#)
        for known in [[], [FunctionKey(1)]] {
            bench.send("app/go", data: #"{"v":"once"}"#, id: "x")
            let load = try #require(bench.newLoads().first)
            bench.apply(.loaded(ticket: load.ticket, .idempotency(known)))
        }
        #expect(orders().isEmpty)
        bench.advance(by: .seconds(10))
        #expect(orders() == [["once"]])
    }

    @Test func `everyone who has invoked a batch's run gets its result`() throws {
        try bench.register(
            Bench.function("parent", on: "app/parent"),
            Bench.function("child", on: "app/child", #""batchEvents":{"maxSize":2,"timeout":"10s"}"#))
        bench.send("app/parent")
        bench.send("app/parent")
        for (place, order) in bench.newOrders().enumerated() { invoke("app-child", "call-\(place)", from: order) }
        let child = try #require(bench.newOrders().first)
        #expect(values(child) == ["call-0", "call-1"])
        bench.answer(child, .completed(output: RawJSON("42")))
        #expect(bench.newOrders().map { $0.steps.first?.memo.text } == [#"{"data":42}"#, #"{"data":42}"#])
    }

    @Test func `a wait for any run's end is not ended by who has invoked a batch`() throws {
        try bench.register(
            Bench.function("parent", on: "app/parent"),
            Bench.function("child", on: "app/child", #""batchEvents":{"maxSize":2,"timeout":"10s"}"#),
            Bench.function("watcher", on: "app/watch"))
        bench.send("app/watch")
        let watcher = try #require(bench.newOrders().first)
        let plan = try WaitPlan(
            eventName: "inngest/function.finished", expression: #"async.data.function_id != "app-child""#,
            event: EventView(name: "app/watch", payload: watcher.event), now: bench.time)
        bench.answer(
            watcher,
            StepwellCore.Operation(
                id: "w", name: "w", kind: .waitForEvent(plan, timeout: .after(.hours(1))), options: nil))
        bench.send("app/parent")
        bench.send("app/parent")
        for (place, order) in bench.newOrders().enumerated() { invoke("app-child", "call-\(place)", from: order) }
        bench.answer(try #require(bench.newOrders().first), .completed(output: .null))
        #expect(Set(bench.newOrders().map(\.function.slug)) == ["app-parent"])
    }

    @Test func `a batch that begins with another run's end answers those who have invoked it`() throws {
        try bench.register(
            Bench.function("parent", on: "app/parent"),
            Bench.function("bad", on: "app/bad"),
            Bench.function("child", on: "inngest/function.failed", #""batchEvents":{"maxSize":2,"timeout":"10s"}"#))
        bench.send("app/bad")
        bench.answer(try #require(bench.newOrders().first), .failed(error: RawJSON("{}"), retry: .never))
        bench.send("app/parent")
        invoke("app-child", "call", from: try #require(bench.newOrders().first))
        let child = try #require(bench.newOrders().first)
        #expect(child.otherEvents.count == 1)
        bench.answer(child, .completed(output: RawJSON("42")))
        #expect(bench.newOrders().map { $0.steps.first?.memo.text } == [#"{"data":42}"#])
    }

    @Test func `an event that comes while a hold is being cancelled opens another`() throws {
        try register(#""batchEvents":{"maxSize":3,"timeout":"10s"}"#)
        send("a1")
        let (after, run) = try Bench.recover(from: bench)
        after.apply(.cancel(RunKey(1), after.token()))
        after.send("app/go", data: #"{"v":"a2"}"#)
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        after.advance(by: .seconds(10))
        #expect(orders(on: after) == [["a2"]])
    }

    @Test func `what is told of a batch's end names all its events`() throws {
        try register(#""batchEvents":{"maxSize":2,"timeout":"10s"}"#)
        send("a1", "a2")
        _ = bench.newWrites()
        bench.answer(try #require(bench.newOrders().first), .completed(output: .null))
        let told = bench.newWrites().compactMap { write -> Int? in
            guard case .insertEvent(let row) = write else { return nil }
            return row.payload.value(at: ["data", "events"])?.elements?.count
        }
        #expect(told == [2])
    }

    @Test func `a batch outlives a restart with its events and its time`() throws {
        try register(#""batchEvents":{"maxSize":3,"timeout":"10s"}"#)
        send("a1", "a2")
        bench.advance(by: .seconds(9))
        let (after, run) = try Bench.recover(from: bench)
        after.send("app/go", data: #"{"v":"a3"}"#)
        after.send("app/go", data: #"{"v":"a4"}"#)
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        #expect(orders(on: after) == [["a1", "a2", "a3"]])
        after.advance(by: .seconds(10))
        #expect(orders(on: after) == [["a4"]])
    }

    @Test func `an event that a batch's row has already is not added again when the run is read`() throws {
        try register(#""batchEvents":{"maxSize":3,"timeout":"10s"}"#)
        send("a1")
        let (after, run) = try Bench.recover(from: bench)
        after.holdsCommits = true
        after.send("app/go", data: #"{"v":"a2"}"#)
        after.advance(by: .seconds(10))
        let load = try #require(after.newLoads().first)
        var read = run
        read.otherEvents = after.newWrites().compactMap { if case .insertEvent(let row) = $0 { row } else { nil } }
        after.apply(.loaded(ticket: load.ticket, .run(read)))
        #expect(orders(on: after) == [["a1", "a2"]])
    }

    @Test(arguments: [false, true])
    func `a batch that is not in memory is read once, when it starts, however many events join it`(isHeld: Bool) throws
    {
        try register(#""batchEvents":{"maxSize":100,"timeout":"10s"}"#)
        send("a1")
        let (after, run) = try Bench.recover(from: bench)
        after.send("app/go", data: #"{"v":"b0"}"#)
        var read = run
        read.otherEvents = after.newWrites().compactMap { if case .insertEvent(let row) = $0 { row } else { nil } }
        after.holdsCommits = isHeld
        for number in 1...50 { after.send("app/go", data: #"{"v":"b\#(number)"}"#) }
        #expect(after.newLoads().isEmpty)
        let joined = after.newWrites().compactMap { if case .insertEvent(let row) = $0 { row } else { nil } }
        // What is not durable is not in what is read.
        if !isHeld { read.otherEvents += joined }
        after.advance(by: .seconds(10))
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(read)))
        #expect(orders(on: after) == [["a1"] + (0...50).map { "b\($0)" }])
        #expect(after.partition.joinedEvents.isEmpty)
    }

    @Test func `a batch that gathers says how far it is`() throws {
        try register(#""batchEvents":{"maxSize":3,"timeout":"10s"}"#)
        let until = bench.time + .seconds(10)
        send("a1", "a2")
        #expect(try causes(1) == [.batch(until: until, events: 2)])
    }

    @Test func `a smaller batch that is registered counts from the next event on`() throws {
        try register(#""batchEvents":{"maxSize":10,"timeout":"10s"}"#)
        send("a1", "a2")
        try register(#""batchEvents":{"maxSize":2,"timeout":"10s"}"#)
        send("a3")
        #expect(orders() == [["a1", "a2", "a3"]])
    }

    @Test func `a tick of a schedule belongs to no batch`() throws {
        try bench.register(
            Bench.function("job", on: "app/go", #""batchEvents":{"maxSize":10,"timeout":"1h"}"#)
                .replacing(#"{"event":"app/go"}"#, with: #"{"event":"app/go"},{"cron":"* * * * *"}"#))
        bench.advance(by: .minutes(1))
        #expect(bench.newOrders().count == 1)
    }
}
