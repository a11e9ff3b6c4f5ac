import StepwellModel
import Testing

@testable import StepwellCore

/// Who goes first, of those that need the same room.
@Suite struct LineOrderTests {
    let bench = Bench()

    private func register(_ options: String) throws {
        try bench.register(Bench.function("job", on: "app/go", options))
    }

    private func send(_ keys: String...) {
        for key in keys { bench.send("app/go", data: #"{"k":"\#(key)"}"#) }
    }

    private func keys(_ orders: [CallOrder]) -> [String] {
        orders.map { $0.event.value(at: ["data", "k"])?.string ?? "" }
    }

    /// Completes what is called, one after the other, and says in which order it was.
    private func finishAll(_ bench: Bench) -> [String] {
        var seen: [String] = []
        while let order = bench.newOrders().first {
            seen += keys([order])
            bench.answer(order, .completed(output: .null))
        }
        return seen
    }

    @Test func `what has begun comes to its end before more is begun`() throws {
        try register(#""concurrency":1"#)
        send("a", "b", "c")
        bench.answer(try #require(bench.newOrders().first), .ran("one"))
        bench.answer(try #require(bench.newOrders().first), .ran("two"))
        #expect(finishAll(bench) == ["a", "b", "c"])
    }

    @Test func `calls that wait go on in the order in which they became due, also after a restart`() throws {
        try register(#""concurrency":1"#)
        send("a", "b", "c")
        for nap in [2, 1] as [Int64] {
            bench.answer(try #require(bench.newOrders().first), .sleep("nap", .seconds(nap)))
        }
        let called = try #require(bench.newOrders().first)
        #expect(keys([called]) == ["c"])
        bench.advance(by: .seconds(1))
        bench.advance(by: .seconds(1))
        let (after, _) = try Bench.recover(from: bench)
        let read = after.newLoads().compactMap { if case .run(let key) = $0.request { key.value } else { nil } }
        #expect(read == [2])
    }

    @Test func `a trial of a worker that is away needs room like every other call`() throws {
        var settings = Settings()
        settings.callsPerAppMax = 2
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("job", on: "app/go"))
        for _ in 0..<4 { bench.send("app/go") }
        let orders = bench.newOrders()
        bench.answer(orders[0], .completed(output: .null))
        let third = try #require(bench.newOrders().first)
        bench.answer(third, .unreachable(message: "refused"))
        bench.advance(by: .seconds(1))
        // The trial and the second call.
        #expect(bench.newOrders().count == 1)
        #expect(bench.partition.liveDispatchCount == 2)
    }

    @Test func `queued starts that are cancelled leave no places behind`() throws {
        try register(#""throttle":{"limit":1,"period":"24h"}"#)
        for _ in 0..<1_000 { send("a") }
        let called = try #require(bench.newOrders().first).runKey
        for run in bench.partition.runSlots.keys.sorted() where run != called {
            bench.apply(.cancel(run, bench.token()))
        }
        let places = bench.partition.lanes.values.map(\.jobs.count).reduce(0, +)
        #expect(places < 100, "\(places) places for no job")
    }
}
