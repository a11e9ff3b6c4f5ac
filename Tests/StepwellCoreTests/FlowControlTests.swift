import StepwellCore
import StepwellModel
import Testing

/// Whether and when runs start, and what ends them early.
@Suite struct FlowControlTests {
    let bench = Bench()

    private func register(_ options: String, on event: String = "app/go") throws {
        try bench.register(Bench.function("job", on: event, options))
    }

    private func values(_ orders: [CallOrder]) -> [String] {
        orders.map { $0.event.value(at: ["data", "k"])?.string ?? "" }
    }

    private func send(_ keys: String...) {
        for key in keys { bench.send("app/go", data: #"{"k":"\#(key)"}"#) }
    }

    /// The runs that ended since this was last asked, with their statuses.
    private func endings() -> [RunStatus] {
        bench.newWrites().compactMap {
            switch $0 {
            case .finishRun(_, let status, _, _): status
            case .insertRun(let run) where run.status.isFinal: run.status
            default: nil
            }
        }
    }

    // MARK: - Concurrency

    @Test func `two rules must both have room`() throws {
        try register(#""concurrency":[{"limit":3},{"limit":1,"key":"event.data.k"}]"#)
        send("a", "a", "b", "c", "d")
        #expect(values(bench.newOrders()) == ["a", "b", "c"])
    }

    @Test(arguments: ["env", "account"])
    func `functions of one scope share a limit for each value, whatever the key's expression`(scope: String) throws {
        try bench.register(
            Bench.function(
                "one", on: "app/one", #""concurrency":{"limit":1,"key":"event.data.k","scope":"\#(scope)"}"#),
            Bench.function(
                "two", on: "app/two", #""concurrency":{"limit":2,"key":"event.data.other","scope":"\#(scope)"}"#))
        bench.send("app/one", data: #"{"k":"x"}"#)
        bench.send("app/one", data: #"{"k":"x"}"#)
        bench.send("app/two", data: #"{"other":"x"}"#)
        bench.send("app/two", data: #"{"other":"x"}"#)
        bench.send("app/two", data: #"{"other":"y"}"#)
        let orders = bench.newOrders()
        // Function two may be the second of two, function one only the first of one.
        #expect(orders.map(\.function.slug) == ["app-one", "app-two", "app-two"])
        bench.answer(orders[1], .completed(output: .null))
        #expect(bench.newOrders().map(\.function.slug) == ["app-two"])
        bench.answer(orders[0], .completed(output: .null))
        #expect(bench.newOrders().isEmpty)
    }

    @Test func `a limit on whole runs is held while a run sleeps, and freed by its end`() throws {
        try register(#""concurrency":{"fn":[{"limit":1,"scope":"fn"}]}"#)
        send("a", "b")
        let first = try #require(bench.newOrders().first)
        bench.answer(first, .sleep("nap", .hours(1)))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: .hours(1))
        let second = try #require(bench.newOrders().first)
        #expect(values([second]) == ["a"])
        bench.answer(second, .completed(output: .null))
        #expect(values(bench.newOrders()) == ["b"])
    }

    @Test func `after a restart the runs that have begun hold their slots again`() throws {
        try register(#""concurrency":{"fn":[{"limit":1,"scope":"fn"}]}"#)
        send("a")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .hours(1)))
        let (after, _) = try Bench.recover(from: bench)
        after.send("app/go", data: #"{"k":"b"}"#)
        #expect(after.newOrders().isEmpty)
    }

    @Test func `a limit on whole runs that is declared anew counts the runs that have begun`() throws {
        try register("")
        send("a")
        #expect(bench.newOrders().count == 1)
        try register(#""concurrency":{"fn":[{"limit":1,"scope":"fn"}]}"#)
        send("b")
        #expect(bench.newOrders().isEmpty)
    }

    // MARK: - Rate limits

    /// 20 a minute: floor(20 / 10) + 1 at once, then one every 3 s.
    @Test func `a rate limit drops what comes too fast, and keeps the events`() throws {
        try register(#""rateLimit":{"limit":20,"period":"60s"}"#)
        for _ in 0..<10 { bench.send("app/go") }
        #expect(bench.newOrders().count == 3)
        #expect(bench.newWrites().filter { if case .insertEvent = $0 { true } else { false } }.count == 10)
        bench.advance(by: Milliseconds(2_999))
        bench.send("app/go")
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: Milliseconds(1))
        bench.send("app/go")
        #expect(bench.newOrders().count == 1)
    }

    @Test func `an idempotency key starts one run in 24 hours for each value`() throws {
        try register(#""idempotency":"event.data.k""#)
        send("a", "a", "b")
        #expect(values(bench.newOrders()) == ["a", "b"])
        bench.advance(by: .hours(24) - Milliseconds(1))
        send("a")
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: Milliseconds(1))
        send("a")
        #expect(values(bench.newOrders()) == ["a"])
    }

    @Test func `a rate limit key that is false limits nothing, and one that fails is a value of its own`() throws {
        try register(
            #""rateLimit":{"limit":1,"period":"60s","key":"event.data.k == \"limited\" ? event.data.k : false"}"#)
        send("free", "free", "limited", "limited")
        #expect(values(bench.newOrders()) == ["free", "free", "limited"])
        try register(#""rateLimit":{"limit":1,"period":"60s","key":"1 / 0"}"#)
        send("x", "y")
        #expect(values(bench.newOrders()) == ["x"])
    }

    @Test func `a run that invokes a function over its rate limit is told at once`() throws {
        try bench.register(
            Bench.function("parent", on: "app/go"),
            Bench.function("child", on: "app/child", #""rateLimit":{"limit":1,"period":"60s"}"#))
        bench.send("app/child")
        bench.send("app/go")
        let parent = try #require(bench.newOrders().last)
        let payload = InvokePayload(data: .emptyObject, user: .emptyObject, version: nil)
        bench.answer(
            parent,
            StepwellCore.Operation(
                id: "i", name: "i", kind: .invoke(function: "app-child", payload: payload, timeout: .after(.hours(1))),
                options: nil))
        let next = try #require(bench.newOrders().first)
        #expect(next.steps.first?.memo.text.contains("invoked function is rate limited") == true)
    }

    @Test func `a rate limit outlives a restart`() throws {
        try register(#""rateLimit":{"limit":1,"period":"60s"}"#)
        send("a")
        let (after, _) = try Bench.recover(from: bench)
        after.send("app/go", data: #"{"k":"early"}"#)
        #expect(after.newOrders().isEmpty)
        after.advance(by: .seconds(60))
        after.send("app/go", data: #"{"k":"late"}"#)
        #expect(values(after.newOrders()) == ["late"])
    }

    // MARK: - Priority

    @Test func `a start of higher priority comes before older ones, and after runs that are under way`() throws {
        try register(#""concurrency":1,"priority":{"run":"event.data.p"}"#)
        bench.send("app/go", data: #"{"k":"first","p":0}"#)
        let first = try #require(bench.newOrders().first)
        for (key, priority) in [("low", "-60"), ("plain", "0"), ("odd", "\"x\""), ("high", "60")] {
            bench.send("app/go", data: #"{"k":"\#(key)","p":\#(priority)}"#)
        }
        bench.answer(first, .ran("a"))
        var order = try #require(bench.newOrders().first)
        var seen: [String] = []
        while true {
            seen += values([order])
            bench.answer(order, .completed(output: .null))
            guard let next = bench.newOrders().first else { break }
            order = next
        }
        #expect(seen == ["first", "high", "plain", "odd", "low"])
    }

    // MARK: - Singletons

    @Test func `a singleton skips a run while another of its key is unfinished`() throws {
        try register(#""singleton":{"mode":"skip","key":"event.data.k"}"#)
        send("a", "a", "b")
        let orders = bench.newOrders()
        #expect(values(orders) == ["a", "b"])
        #expect(endings() == [.skipped])
        bench.answer(orders[0], .sleep("nap", .hours(1)))
        send("a")
        #expect(endings() == [.skipped])
        bench.advance(by: .hours(1))
        bench.answer(try #require(bench.newOrders().first), .completed(output: .null))
        send("a")
        #expect(values(bench.newOrders()) == ["a"])
    }

    @Test func `a singleton that cancels ends the old run and starts the new one`() throws {
        try register(#""singleton":{"mode":"cancel"}"#)
        send("a")
        #expect(values(bench.newOrders()) == ["a"])
        _ = bench.newWrites()
        send("b")
        #expect(values(bench.newOrders()) == ["b"])
        #expect(endings() == [.cancelled])
        #expect(bench.partition.unfinishedRunCount == 1)
    }

    @Test func `a restart before the old run of a singleton is ended ends it`() throws {
        try register(#""singleton":{"mode":"cancel"}"#)
        send("a", "b")
        let written = bench.newWrites().filter { if case .finishRun = $0 { true } else { false } }
        #expect(written.count == 1)
        #expect(bench.partition.unfinishedRunCount == 1)
    }

    @Test func `a singleton key that is false or fails makes no singleton`() throws {
        try register(#""singleton":{"mode":"skip","key":"event.data.k == \"free\" ? false : 1 / 0"}"#)
        send("free", "free", "x", "x")
        #expect(bench.newOrders().count == 4)
    }

    @Test func `a singleton of cancelled runs that cancels itself comes to an end`() throws {
        try bench.register(
            Bench.function("victim", on: "app/go"),
            Bench.function("mourner", on: "inngest/function.cancelled", #""singleton":{"mode":"cancel"}"#))
        for _ in 0..<3 { bench.send("app/go") }
        for order in bench.newOrders() { bench.apply(.cancel(order.runKey, bench.token())) }
        #expect(bench.newOrders().filter { $0.function.slug == "app-mourner" }.count == 3)
        #expect(bench.partition.unfinishedRunCount == 1)
    }

    @Test func `a run that invokes a singleton which is busy is told at once`() throws {
        try bench.register(
            Bench.function("parent", on: "app/go"),
            Bench.function("child", on: "app/child", #""singleton":{"mode":"skip"}"#))
        bench.send("app/child")
        bench.send("app/go")
        let payload = InvokePayload(data: .emptyObject, user: .emptyObject, version: nil)
        bench.answer(
            try #require(bench.newOrders().last),
            StepwellCore.Operation(
                id: "i", name: "i", kind: .invoke(function: "app-child", payload: payload, timeout: .after(.hours(1))),
                options: nil))
        let next = try #require(bench.newOrders().first)
        #expect(next.steps.first?.memo.text.contains("was skipped") == true)
    }

    @Test func `a first call that is tried again keeps its slot of whole runs through a restart`() throws {
        try register(#""concurrency":{"fn":[{"limit":1,"scope":"fn"}]}"#)
        send("a")
        bench.answer(try #require(bench.newOrders().first), .failed(error: RawJSON("{}"), retry: .standard))
        let (after, _) = try Bench.recover(from: bench)
        after.send("app/go", data: #"{"k":"b"}"#)
        #expect(after.newOrders().isEmpty)
    }

    @Test func `a worker that goes away does not lengthen the time to finish`() throws {
        try register(#""timeouts":{"finish":"1m"}"#)
        send("a")
        bench.answer(
            try #require(bench.newOrders().first), .failed(error: RawJSON("{}"), retry: .at(.after(.seconds(30)))))
        bench.advance(by: .seconds(30))
        bench.answer(try #require(bench.newOrders().first), .unreachable(message: "refused"))
        _ = bench.newWrites()
        bench.advance(by: .seconds(30))
        #expect(endings() == [.cancelled])
    }

    // MARK: - Timeouts

    @Test func `a run that has not begun in time is cancelled, one that has is not`() throws {
        try register(#""concurrency":1,"timeouts":{"start":"10s"}"#)
        send("a", "b")
        let first = try #require(bench.newOrders().first)
        _ = bench.newWrites()
        bench.advance(by: .seconds(10))
        #expect(endings() == [.cancelled])
        bench.answer(first, .sleep("nap", .hours(1)))
        bench.advance(by: .minutes(1))
        #expect(endings().isEmpty)
        #expect(bench.partition.unfinishedRunCount == 1)
    }

    @Test func `a first call that is refused in the nick of time does not save a run from its time to start`() throws {
        try register(#""timeouts":{"start":"3500ms"}"#)
        send("a")
        for wait in [100, 200, 400, 800, 1_600] as [Int64] {
            bench.answer(try #require(bench.newOrders().first), .unreachable(message: "refused"))
            bench.advance(by: Milliseconds(wait))
        }
        let trial = try #require(bench.newOrders().first)
        bench.advance(by: Milliseconds(500))
        #expect(endings().isEmpty)
        bench.answer(trial, .unreachable(message: "refused"))
        bench.advance(by: Milliseconds(500))
        #expect(endings() == [.cancelled])
    }

    @Test func `a run that has not ended in time after its first call is cancelled`() throws {
        try register(#""concurrency":1,"timeouts":{"finish":"1m"}"#)
        send("a", "b")
        let first = try #require(bench.newOrders().first)
        bench.advance(by: .seconds(30))
        bench.answer(first, .sleep("nap", .hours(1)))
        let second = try #require(bench.newOrders().first)
        _ = bench.newWrites()
        bench.advance(by: .seconds(30))
        #expect(endings() == [.cancelled])
        bench.advance(by: .seconds(29))
        bench.answer(second, .completed(output: .null))
        #expect(endings() == [.completed])
    }

    @Test func `a first call that the worker refused does not begin the time to finish`() throws {
        try register(#""timeouts":{"finish":"1s"}"#)
        send("a")
        bench.answer(try #require(bench.newOrders().first), .unreachable(message: "refused"))
        bench.advance(by: .seconds(5))
        let order = try #require(bench.newOrders().first)
        bench.answer(order, .completed(output: .null))
        #expect(bench.partition.unfinishedRunCount == 0)
        #expect(endings() == [.completed])
    }

    // MARK: - Events that cancel

    @Test func `an event that matches cancels a run at any stage, and no other`() throws {
        try register(#""cancel":[{"event":"app/stop","if":"event.data.k == async.data.k"}]"#)
        send("a", "b")
        let orders = bench.newOrders()
        bench.answer(orders[0], .sleep("nap", .hours(1)))
        _ = bench.newWrites()
        bench.send("app/stop", data: #"{"k":"a"}"#)
        #expect(endings() == [.cancelled])
        bench.send("app/stop", data: #"{"k":"c"}"#)
        #expect(endings().isEmpty)
        bench.answer(orders[1], .completed(output: .null))
        #expect(endings() == [.completed])
    }

    @Test func `a run is not cancelled by the event that started it, and stops listening at its timeout`() throws {
        try register(#""cancel":[{"event":"app/go","timeout":"1m"}]"#)
        send("a")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .hours(1)))
        bench.advance(by: .minutes(1))
        _ = bench.newWrites()
        send("b")
        #expect(endings().isEmpty)
        send("c")
        #expect(endings() == [.cancelled])
    }

    @Test func `a listener outlives a restart`() throws {
        try register(#""cancel":[{"event":"app/stop","if":"event.data.k == async.data.k"}]"#)
        send("a")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .hours(1)))
        let (after, run) = try Bench.recover(from: bench)
        after.send("app/stop", data: #"{"k":"a"}"#)
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        #expect(after.partition.unfinishedRunCount == 0)
    }

    // MARK: - All at once

    @Test func `a function with every option runs to its end and leaves nothing behind`() throws {
        try register(
            #"""
            "concurrency":[{"limit":2,"key":"event.data.k"},{"limit":3,"key":"event.data.k","scope":"env"}],
            "throttle":{"limit":5,"period":"1s","key":"event.data.k"},"rateLimit":{"limit":100,"period":"1m"},
            "priority":{"run":"10"},"singleton":{"mode":"skip","key":"event.data.k"},
            "cancel":[{"event":"app/stop"}],"timeouts":{"start":"1m","finish":"1m"}
            """#)
        send("a")
        bench.answer(try #require(bench.newOrders().first), .ran("x"))
        bench.answer(try #require(bench.newOrders().first), .completed(output: .null))
        #expect(bench.partition.unfinishedRunCount == 0)
        bench.send("app/stop")
        bench.advance(by: .hours(1))
        #expect(bench.newOrders().isEmpty && bench.partition.unfinishedRunCount == 0)
    }
}
