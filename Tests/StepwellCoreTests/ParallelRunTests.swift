import StepwellCore
import StepwellModel
import Testing

@Suite struct ParallelRunTests {
    let bench = Bench()

    init() throws { try bench.register(Bench.function("job", on: "app/go")) }

    private func planned(_ names: String..., racing: Bool = false, version: Int = 2) throws -> [CallOrder] {
        bench.send("app/go")
        let discovery = try #require(bench.newOrders().first)
        bench.answer(discovery, .operations(names.map { .planned($0, racing: racing) }, requestVersion: version))
        return bench.newOrders()
    }

    @Test func `planned steps are called at once, each by a call of its own`() throws {
        let orders = try planned("a", "b", "c")
        #expect(Set(orders.map(\.stepID)) == ["a", "b", "c"])
        #expect(orders.allSatisfy { $0.forcesStepPlan && $0.attempt == 0 && $0.requestVersion == 2 })
    }

    @Test func `one discovery follows when the last step of a group has its result`() throws {
        let orders = try planned("a", "b", "c")
        for order in orders.dropLast() {
            bench.answer(order, .ran(order.stepID ?? ""))
            #expect(bench.newOrders().isEmpty)
        }
        bench.answer(try #require(orders.last), .ran(orders.last?.stepID ?? ""))
        let discoveries = bench.newOrders()
        #expect(discoveries.count == 1)
        #expect(discoveries.first?.steps.count == 3 && discoveries.first?.stepID == nil)
        #expect(discoveries.first?.forcesStepPlan == false)
    }

    @Test func `racing steps are followed by a discovery each`() throws {
        let orders = try planned("a", "b", racing: true)
        bench.answer(orders[0], .ran(orders[0].stepID ?? ""))
        #expect(bench.newOrders().map(\.stepID) == [nil])
    }

    @Test func `the first version of the protocol is called after every result and stays in step plans`() throws {
        let orders = try planned("a", "b", version: 1)
        bench.answer(orders[0], .ran("a"), version: 1)
        let first = try #require(bench.newOrders().first)
        #expect(first.stepID == nil && first.forcesStepPlan)
        bench.answer(first, .operations([], requestVersion: 1))
        #expect(bench.newOrders().isEmpty)
        bench.answer(orders[1], .ran("b"), version: 1)
        #expect(bench.newOrders().first?.steps.count == 2)
    }

    @Test func `a step that is reported again while it is under way is not started twice`() throws {
        let orders = try planned("a", "b", racing: true)
        bench.answer(orders[0], .ran(orders[0].stepID ?? ""))
        let discovery = try #require(bench.newOrders().first)
        bench.answer(discovery, .planned("b"))
        #expect(bench.newOrders().isEmpty)
    }

    @Test func `a run that returns while siblings are under way ends, and their answers are dropped`() throws {
        let orders = try planned("a", "b", racing: true)
        bench.answer(orders[0], .ran(orders[0].stepID ?? ""))
        bench.answer(try #require(bench.newOrders().first), .completed(output: .null))
        #expect(bench.partition.unfinishedRunCount == 0 && bench.partition.liveDispatchCount == 1)
        bench.answer(orders[1], .ran(orders[1].stepID ?? ""))
        #expect(bench.newOrders().isEmpty && bench.partition.liveDispatchCount == 0)
    }

    @Test func `a branch that sleeps holds the group open until it wakes`() throws {
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .planned("a"), .sleep("nap", .minutes(1)))
        bench.answer(try #require(bench.newOrders().first), .ran("a"))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: .minutes(1))
        #expect(bench.newOrders().first?.steps.map(\.id) == ["a", "nap"])
    }

    @Test func `a step in parallel has attempts of its own and holds the group open`() throws {
        let orders = try planned("a", "b")
        bench.answer(orders[0], .threw("a"))
        bench.answer(orders[1], .ran("b"))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: .minutes(1))
        let again = try #require(bench.newOrders().first)
        #expect(again.stepID == "a" && again.attempt == 1)
        bench.answer(again, .ran("a"))
        #expect(bench.newOrders().first?.steps.map(\.id) == ["b", "a"])
    }

    @Test func `an answer to a call for one step that names another is refused`() throws {
        let orders = try planned("a", "b")
        bench.answer(orders[0], .ran("other"))
        bench.advance(by: .minutes(1))
        let again = try #require(bench.newOrders().first)
        #expect(again.stepID == "a" && again.attempt == 1 && again.steps.isEmpty)
    }

    @Test func `a run with too many steps fails with the protocol's error`() throws {
        var settings = Settings()
        settings.stepsMax = 2
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .ran("a"), .ran("b"))
        let output = bench.newWrites().compactMap {
            if case .finishRun(_, .failed, _, let output) = $0 { output } else { nil }
        }
        #expect(output.first?.value(at: ["name"])?.string == "InngestErrFunctionOverflowed")
        #expect(output.first?.value(at: ["message"])?.string == "The function run exceeded the step limit of 2 steps.")
    }
}
