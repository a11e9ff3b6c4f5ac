import StepwellCore
import StepwellModel
import Testing

@Suite struct LimitTests {
    let bench = Bench()

    @Test func `a concurrency limit holds for calls, and a free slot starts the next at once`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""concurrency":2"#))
        for _ in 0..<5 { bench.send("app/go") }
        let orders = bench.newOrders()
        #expect(orders.count == 2)
        bench.answer(orders[0], .completed(output: .null))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `each value of a concurrency key has slots of its own`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""concurrency":{"limit":1,"key":"event.data.k"}"#))
        for key in ["a", "a", "b", "b", "c"] { bench.send("app/go", data: "{\"k\":\"\(key)\"}") }
        let orders = bench.newOrders()
        #expect(orders.compactMap { $0.event.value(at: ["data", "k"])?.string } == ["a", "b", "c"])
        bench.answer(orders[1], .ran("x"))
        #expect(bench.newOrders().compactMap { $0.event.value(at: ["data", "k"])?.string } == ["b"])
    }

    @Test func `a sleeping run holds no slot`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""concurrency":1"#))
        bench.send("app/go")
        bench.send("app/go")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .hours(1)))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `calls in flight to one app are bounded, and functions take turns`() throws {
        var settings = Settings()
        settings.callsPerAppMax = 2
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("many", on: "app/many"), Bench.function("few", on: "app/few"))
        for _ in 0..<10 { bench.send("app/many") }
        bench.send("app/few")
        var orders = bench.newOrders()
        #expect(orders.count == 2)
        bench.answer(orders[0], .completed(output: .null))
        orders = bench.newOrders()
        bench.answer(try #require(orders.first), .completed(output: .null))
        orders.append(contentsOf: bench.newOrders())
        #expect(orders.contains { $0.function.slug == "app-few" })
    }

    @Test func `a cancelled run's call keeps its slot until it is answered`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""concurrency":1"#))
        bench.send("app/go")
        bench.send("app/go")
        let order = try #require(bench.newOrders().first)
        bench.apply(.cancel(order.runKey, bench.token()))
        #expect(bench.newOrders().isEmpty)
        bench.answer(order, .completed(output: .null))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a raised limit lets waiting calls go at once`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""concurrency":1"#))
        for _ in 0..<4 { bench.send("app/go") }
        #expect(bench.newOrders().count == 1)
        try bench.register(Bench.function("job", on: "app/go", #""concurrency":3"#))
        #expect(bench.newOrders().count == 2)
    }

    /// limit 2, period 10 s, burst 1: three starts at once, then one every 5 s.
    @Test func `a throttle lets limit and burst start at once, and then one each period over limit`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""throttle":{"limit":2,"period":"10s","burst":1}"#))
        for _ in 0..<6 { bench.send("app/go") }
        #expect(bench.newOrders().count == 3)
        bench.advance(by: Milliseconds(4_999))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: Milliseconds(1))
        #expect(bench.newOrders().count == 1)
        bench.advance(by: .seconds(5))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a throttle that opens passes over a start whose key is busy`() throws {
        try bench.register(
            Bench.function(
                "job", on: "app/go",
                #""throttle":{"limit":1,"period":"10s"},"concurrency":{"limit":1,"key":"event.data.k"}"#))
        bench.send("app/go", data: #"{"k":"a"}"#)
        let first = try #require(bench.newOrders().first)
        // Both wait for the throttle; then a run that is under way takes the one slot of the first one's key.
        bench.answer(first, .sleep("nap", .seconds(9)))
        for key in ["a", "b"] { bench.send("app/go", data: "{\"k\":\"\(key)\"}") }
        bench.advance(by: .seconds(9))
        #expect(bench.newOrders().map(\.runKey) == [first.runKey])
        bench.advance(by: .seconds(1))
        #expect(bench.newOrders().compactMap { $0.event.value(at: ["data", "k"])?.string } == ["b"])
    }

    @Test func `a throttle with room for several lets a start of each key go`() throws {
        try bench.register(
            Bench.function(
                "job", on: "app/go",
                #""throttle":{"limit":2,"period":"10s"},"concurrency":{"limit":1,"key":"event.data.k"}"#))
        for key in ["a", "b", "c", "d", "e"] { bench.send("app/go", data: "{\"k\":\"\(key)\"}") }
        #expect(bench.newOrders().count == 2)
        // Time that passed all at once, as on a machine that slept, leaves room for two.
        bench.advance(by: .seconds(30))
        #expect(bench.newOrders().compactMap { $0.event.value(at: ["data", "k"])?.string } == ["c", "d"])
        bench.advance(by: .seconds(5))
        #expect(bench.newOrders().compactMap { $0.event.value(at: ["data", "k"])?.string } == ["e"])
    }

    @Test func `a throttle delays starts and never the steps that follow`() throws {
        try bench.register(Bench.function("job", on: "app/go", #""throttle":{"limit":1,"period":"1h"}"#))
        bench.send("app/go")
        bench.send("app/go")
        let order = try #require(bench.newOrders().first)
        bench.answer(order, .ran("a"))
        #expect(bench.newOrders().first?.steps.count == 1)
        #expect(bench.newOrders().isEmpty)
    }
}

@Suite struct RepetitionTests {
    let bench = Bench()

    init() throws { try bench.register(Bench.function("job", on: "app/go")) }

    private func answerLoads(_ result: (LoadRequest) -> LoadResult) {
        for load in bench.newLoads() { bench.apply(.loaded(ticket: load.ticket, result(load.request))) }
    }

    @Test func `an event id that started a run starts no second one, and is stored twice`() throws {
        bench.send("app/go", id: "x")
        answerLoads { _ in .idempotency([]) }
        #expect(bench.newOrders().count == 1)
        _ = bench.newWrites()
        bench.send("app/go", id: "x")
        let function = try #require(bench.partition.currentConfiguration.function(named: "app-job"))
        answerLoads { _ in .idempotency([function.key]) }
        #expect(bench.newOrders().isEmpty)
        let written = bench.newWrites()
        #expect(written.count == 2)
        #expect(
            written.last
                == .insertDroppedStart(
                    DroppedStartRow(eventKey: EventKey(2), functionKey: function.key, reason: .repeatedID)))
    }

    @Test func `two events of one id that come before either is durable start one run`() throws {
        bench.holdsCommits = true
        bench.send("app/go", id: "x")
        bench.send("app/go", id: "x")
        answerLoads { _ in .idempotency([]) }
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a repeated seed answers with the same ids and stores nothing new`() throws {
        let id = ULID(time: bench.time, entropyHigh: 5, entropyLow: 5)
        bench.send("app/go", seeded: id)
        answerLoads { _ in .events([]) }
        #expect(bench.newOrders().count == 1)
        _ = bench.newWrites()
        let token = bench.send("app/go", seeded: id)
        answerLoads { _ in .events([id]) }
        #expect(bench.newWrites().isEmpty && bench.newOrders().isEmpty)
        guard case .accepted([id])? = bench.reply(token) else { throw Missing() }
    }

    @Test func `an event without an id of its own asks the store nothing`() {
        bench.send("app/go")
        #expect(bench.newLoads().isEmpty)
    }
}

@Suite struct RegistrationTests {
    private let moved = Bench.function("job", on: "app/go").replacing("localhost:3000", "localhost:4000")

    @Test func `a function that changes gets a new version, one that only moves keeps its own`() throws {
        let bench = Bench()
        try bench.register(Bench.function("job", on: "app/go"))
        try bench.register(moved)
        let function = try #require(bench.partition.currentConfiguration.function(named: "app-job"))
        #expect(function.version == 1 && function.blueprint.url.contains("4000"))
        try bench.register(Bench.function("job", on: "app/other"))
        #expect(bench.partition.currentConfiguration.function(named: "app-job")?.version == 2)
    }

    @Test func `a function that is missing from a registration starts nothing, and its runs go on`() throws {
        let bench = Bench()
        try bench.register(Bench.function("job", on: "app/go"), Bench.function("gone", on: "app/go"))
        bench.send("app/go")
        let orders = bench.newOrders()
        #expect(orders.count == 2)
        try bench.register(Bench.function("job", on: "app/go"))
        bench.send("app/go")
        #expect(bench.newOrders().map(\.function.slug) == ["app-job"])
        bench.answer(try #require(orders.first { $0.function.slug == "app-gone" }), .ran("a"))
        #expect(bench.newOrders().map(\.function.slug) == ["app-gone"])
    }
}

extension String {
    fileprivate func replacing(_ part: String, _ other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
