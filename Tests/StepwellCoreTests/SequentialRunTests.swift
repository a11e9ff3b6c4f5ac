import StepwellCore
import StepwellModel
import Testing

@Suite struct SequentialRunTests {
    let bench = Bench()

    init() throws { try bench.register(Bench.function("job", on: "app/go")) }

    @Test func `an event that matches starts a run whose first call is a discovery`() throws {
        let token = bench.send("app/go", data: #"{"a":1}"#)
        let order = try #require(bench.newOrders().first)
        #expect(order.stepID == nil && order.attempt == 0 && order.requestVersion == -1 && order.cause == 0)
        #expect(order.event.value(at: ["data", "a"])?.integer == 1)
        #expect(order.steps.isEmpty && !order.forcesStepPlan)
        guard case .accepted(let ids)? = bench.reply(token) else { throw Missing() }
        #expect(ids.count == 1)
    }

    @Test func `an event that matches nothing is stored and starts nothing`() {
        _ = bench.newWrites()
        bench.send("app/other")
        #expect(bench.newOrders().isEmpty)
        #expect(bench.newWrites().count == 1)
    }

    @Test func `a step's result costs two rows and is sent with the next call`() throws {
        bench.send("app/go")
        let first = try #require(bench.newOrders().first)
        bench.answer(first, .ran("a", #"{"data":{"x":1}}"#))
        let second = try #require(bench.newOrders().first)
        _ = bench.newWrites()
        bench.answer(second, .ran("b"))
        #expect(bench.newWrites().count == 2)
        let third = try #require(bench.newOrders().first)
        #expect(third.steps.map(\.id) == ["a", "b"] && third.cause == 2)
        #expect(third.requestVersion == 2)
    }

    @Test func `a function that returns completes its run and tells so`() throws {
        bench.send("app/go")
        let order = try #require(bench.newOrders().first)
        _ = bench.newWrites()
        bench.answer(order, .completed(output: RawJSON("7")))
        let writes = bench.newWrites()
        #expect(writes.contains { if case .finishRun(_, .completed, _, RawJSON("7")) = $0 { true } else { false } })
        let event = try #require(writes.compactMap { if case .insertEvent(let row) = $0 { row } else { nil } }.first)
        #expect(event.name == "inngest/function.finished")
        #expect(event.payload.value(at: ["data", "result"])?.integer == 7)
        #expect(event.payload.value(at: ["data", "function_id"])?.string == "app-job")
        #expect(bench.partition.unfinishedRunCount == 0)
    }

    @Test func `an answer to a dispatch that is not live changes nothing`() throws {
        bench.send("app/go")
        let order = try #require(bench.newOrders().first)
        bench.answer(order, .ran("a"))
        _ = bench.newWrites()
        _ = bench.newOrders()
        bench.answer(order, .ran("a2"))
        #expect(bench.newWrites().isEmpty && bench.newOrders().isEmpty)
    }

    @Test func `a call that failed is tried again after its delay, and the last failure ends the run`() throws {
        bench.send("app/go")
        let error = RawJSON(text: #"{"name":"Error","message":"no"}"#)
        for attempt in 0..<4 {
            let order = try #require(bench.newOrders().first)
            #expect(order.attempt == attempt)
            bench.answer(order, .failed(error: error, retry: .standard))
            #expect(bench.newOrders().isEmpty)
            bench.advance(by: .minutes(3))
        }
        #expect(bench.newOrders().isEmpty && bench.partition.unfinishedRunCount == 0)
        #expect(bench.newWrites().contains { if case .finishRun(_, .failed, _, error) = $0 { true } else { false } })
    }

    @Test func `a step that threw has attempts of its own, and its last error is its result`() throws {
        bench.send("app/go")
        for attempt in 0..<4 {
            let order = try #require(bench.newOrders().first)
            #expect(order.attempt == attempt)
            bench.answer(order, .threw("a"))
            bench.advance(by: .minutes(3))
        }
        let order = try #require(bench.newOrders().first)
        #expect(order.attempt == 0)
        #expect(order.steps.first?.memo.text == #"{"error":{"name":"Error"}}"#)
    }

    @Test func `a worker that refuses costs no attempt and is tried again from 100 ms on`() throws {
        bench.send("app/go")
        bench.send("app/go")
        let orders = bench.newOrders()
        for order in orders { bench.answer(order, .unreachable(message: "refused")) }
        bench.advance(by: Milliseconds(99))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: Milliseconds(1))
        let trial = bench.newOrders()
        #expect(trial.count == 1 && trial.first?.attempt == 0)
        bench.answer(trial[0], .unreachable(message: "refused"))
        bench.advance(by: Milliseconds(199))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: Milliseconds(1))
        let second = bench.newOrders()
        #expect(second.count == 1)
        bench.answer(second[0], .completed(output: .null))
        #expect(bench.newOrders().count == 1)
    }

    @Test(arguments: ["http://localhost:3000/api", "http://localhost:3001/api"])
    func `an app that registers again is tried at once`(url: String) throws {
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .unreachable(message: "refused"))
        bench.advance(by: Milliseconds(100))
        bench.answer(try #require(bench.newOrders().first), .unreachable(message: "refused"))
        #expect(bench.newOrders().isEmpty)
        try bench.register(Bench.function("job", on: "app/go"), url: url)
        let trial = try #require(bench.newOrders().first)
        bench.answer(trial, .unreachable(message: "refused"))
        #expect(bench.newOrders().isEmpty)
    }

    @Test func `a sleep holds no slot and its end is a call`() throws {
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .hours(1)))
        #expect(bench.partition.liveDispatchCount == 0)
        bench.advance(by: Milliseconds(3_599_999))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: Milliseconds(1))
        let order = try #require(bench.newOrders().first)
        #expect(order.steps.map(\.memo) == [.null] && order.cause == 1)
    }

    @Test func `a sleep by a clock that cuts off what it cannot show lasts that much longer`() throws {
        var settings = Settings()
        settings.clockResolution = Milliseconds(1)
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .seconds(1)))
        bench.advance(by: .seconds(1))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: Milliseconds(1))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a run of a future event starts at the event's time`() throws {
        bench.send("app/go", at: bench.time + .seconds(3))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: .seconds(3))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `an answer without news that would leave the run idle counts as a failed attempt`() throws {
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .operations([], requestVersion: 2))
        bench.advance(by: .minutes(1))
        #expect(bench.newOrders().first?.attempt == 1)
    }

    @Test func `a cancelled run ends at once and its late answer is dropped`() throws {
        bench.send("app/go")
        let order = try #require(bench.newOrders().first)
        let token = bench.token()
        bench.apply(.cancel(order.runKey, token))
        guard case .cancelled? = bench.reply(token.value) else { throw Missing() }
        #expect(bench.partition.unfinishedRunCount == 0 && bench.partition.liveDispatchCount == 1)
        bench.answer(order, .ran("late"))
        #expect(bench.partition.liveDispatchCount == 0)
    }
}

struct Missing: Error {}

@Suite struct GenerationTests {
    @Test func `generations grow, and the epoch is raised when its counter is used up`() throws {
        let bench = Bench()
        try bench.register(Bench.function("job", on: "app/go", retries: 0))
        bench.send("app/go")
        let first = try #require(bench.newOrders().first)
        #expect(first.generation >> 20 == 1)
        bench.partition.skipGenerations(to: (2 << 20) - 1)
        bench.answer(first, .ran("a"))
        let second = try #require(bench.newOrders().first)
        #expect(second.generation == 2 << 20)
        #expect(bench.epochs.last == 1 && bench.raisedEpochs == 1)
        bench.answer(second, .ran("b"))
        #expect(bench.epochs.last == 2 && bench.raisedEpochs == 1)
    }
}
