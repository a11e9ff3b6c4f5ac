import StepwellModel
import Testing

@testable import StepwellCore

/// That no key and no function keeps another from being served: the bounds of `Docs/architecture.md`.
@Suite struct FairnessTests {
    private let bench = Bench()

    private func send(_ event: String, _ key: String, times: Int = 1) {
        for _ in 0..<times { bench.send(event, data: #"{"k":"\#(key)"}"#) }
    }

    private func key(_ order: CallOrder) -> String { order.event.value(at: ["data", "k"])?.string ?? "" }

    /// Answers the oldest call of those under way, again and again, and says what was called in which order.
    private func serve(_ count: Int, _ open: inout [CallOrder]) -> [CallOrder] {
        var served: [CallOrder] = []
        while served.count < count, !open.isEmpty {
            bench.answer(open.removeFirst(), .completed(output: .null))
            let new = bench.newOrders()
            open += new
            served += new
        }
        return served
    }

    // MARK: - Taking turns

    @Test func `of n lines at one limit each is served once in every n calls`() throws {
        try bench.register(
            Bench.function("job", on: "app/go", #""concurrency":[{"limit":1},{"limit":9,"key":"event.data.k"}]"#))
        let keys = (0..<7).map { "key-\($0)" }
        for key in keys { send("app/go", key, times: key == "key-0" ? 200 : 20) }
        var open = bench.newOrders()
        let served = serve(120, &open).map(key)
        for start in 0...(served.count - keys.count) {
            #expect(Set(served[start..<(start + keys.count)]).count == keys.count)
        }
    }

    @Test func `of 10,000 keys each is served before the hot one is served a second time`() throws {
        try bench.register(
            Bench.function("job", on: "app/go", #""concurrency":[{"limit":5},{"limit":5,"key":"event.data.k"}]"#))
        bench.isChecked = false
        send("app/go", "hot", times: 2_000)
        for number in 0..<10_000 { send("app/go", "\(number)") }
        var open = bench.newOrders()
        #expect(open.map(key) == Array(repeating: "hot", count: 5))
        let served = serve(10_001, &open).map(key)
        #expect(served.filter { $0 == "hot" }.count <= 1)
        #expect(Set(served).count == served.count)
    }

    @Test func `functions of one app take turns, however much one of them has to do`() throws {
        var settings = Settings()
        settings.callsPerAppMax = 3
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("many", on: "app/many"), Bench.function("few", on: "app/few"))
        for _ in 0..<100 { bench.send("app/many") }
        for _ in 0..<10 { bench.send("app/few") }
        var open = bench.newOrders()
        var served: [String] = []
        for _ in 0..<20 {
            bench.answer(open.removeFirst(), .completed(output: .null))
            let new = bench.newOrders()
            open += new
            served += new.map(\.function.slug)
        }
        #expect(served.filter { $0 == "app-few" }.count == 10)
    }

    @Test func `a function waits for as many calls as functions wait with it, not for 10,000 keys of another`() throws {
        var settings = Settings()
        settings.callsPerAppMax = 3
        let bench = Bench(settings: settings)
        bench.isChecked = false
        try bench.register(
            Bench.function("keyed", on: "app/keyed", #""concurrency":{"limit":1,"key":"event.data.k"}"#),
            Bench.function("other", on: "app/other"), Bench.function("third", on: "app/third"))
        for number in 0..<10_000 { bench.send("app/keyed", data: #"{"k":"\#(number)"}"#) }
        for _ in 0..<10 { bench.send("app/other") }
        for _ in 0..<10 { bench.send("app/third") }
        var open = bench.newOrders()
        #expect(open.map(\.function.slug) == Array(repeating: "app-keyed", count: 3))
        var served: [String] = []
        for _ in 0..<30 {
            bench.answer(open.removeFirst(), .completed(output: .null))
            let new = bench.newOrders()
            open += new
            served += new.map(\.function.slug)
        }
        for start in 0...(served.count - 3) { #expect(Set(served[start..<(start + 3)]).count == 3) }
    }

    @Test func `a function whose keys are busy keeps its turn for one that is not`() throws {
        var settings = Settings()
        settings.callsPerAppMax = 2
        let bench = Bench(settings: settings)
        try bench.register(
            Bench.function("keyed", on: "app/keyed", #""concurrency":{"limit":1,"key":"event.data.k"}"#),
            Bench.function("other", on: "app/other"))
        bench.send("app/keyed", data: #"{"k":"busy"}"#)
        for _ in 0..<20 { bench.send("app/other") }
        var open = bench.newOrders()
        bench.send("app/keyed", data: #"{"k":"busy"}"#)
        bench.send("app/keyed", data: #"{"k":"free"}"#)
        let other = try #require(open.firstIndex { $0.function.slug == "app-other" })
        bench.answer(open.remove(at: other), .completed(output: .null))
        let next = try #require(bench.newOrders().first)
        bench.answer(next, .completed(output: .null))
        #expect(Set([next, bench.newOrders().first].map { $0?.function.slug }) == ["app-other", "app-keyed"])
    }

    // MARK: - Passed over

    @Test func `a function with a lower limit for a key that it shares is served`() throws {
        try bench.register(
            Bench.function(
                "low", on: "app/low", #""concurrency":{"limit":1,"key":"event.data.k","scope":"env"}"#),
            Bench.function(
                "high", on: "app/high", #""concurrency":{"limit":5,"key":"event.data.k","scope":"env"}"#))
        send("app/high", "x", times: 500)
        send("app/low", "x", times: 5)
        var open = bench.newOrders()
        #expect(open.count == 5)
        var sinceLow = 0
        var longest = 0
        var lows = 0
        while lows < 5, sinceLow < 100 {
            for order in serve(1, &open) {
                sinceLow += 1
                guard order.function.slug == "app-low" else { continue }
                longest = max(longest, sinceLow)
                (lows, sinceLow) = (lows + 1, 0)
            }
        }
        #expect(lows == 5)
        // 4 × 5 times passed over, and the calls that were under way.
        #expect(longest <= 4 * 5 + 5 + 1, "\(longest) calls without one of the lower limit")
        _ = serve(1_000, &open)
        #expect(bench.partition.unfinishedRunCount == 0, "what is left stands still")
    }

    /// Whenever one of its two limits has room, the other is taken: by others that need only one of them.
    @Test func `a line that needs room at two limits is served, although others need one of them`() throws {
        try bench.register(
            Bench.function(
                "both", on: "app/both",
                #""concurrency":[{"limit":1,"key":"event.data.k","scope":"env"},{"limit":1,"key":"event.data.k","scope":"account"}]"#
            ),
            Bench.function("one", on: "app/one", #""concurrency":{"limit":1,"key":"event.data.k","scope":"env"}"#),
            Bench.function("two", on: "app/two", #""concurrency":{"limit":1,"key":"event.data.k","scope":"account"}"#))
        send("app/one", "x", times: 300)
        send("app/two", "x", times: 300)
        send("app/both", "x")
        var open = bench.newOrders()
        #expect(open.count == 2)
        var calls = 0
        var isServed = false
        while !isServed, calls < 200, !open.isEmpty {
            calls += 1
            isServed = serve(1, &open).contains { $0.function.slug == "app-both" }
        }
        #expect(isServed, "not served in \(calls) calls")
        // Three lines take turns, so it is passed over once in three calls.
        #expect(calls <= Settings().passedOverMax * 3 + 3, "\(calls) calls")
    }

    @Test func `room is not kept for a line that waits for a time, a run or a worker`() throws {
        try bench.register(
            Bench.function(
                "slow", on: "app/slow",
                #""throttle":{"limit":1,"period":"24h"},"concurrency":{"limit":1,"key":"event.data.k","scope":"env"}"#),
            Bench.function("high", on: "app/high", #""concurrency":{"limit":2,"key":"event.data.k","scope":"env"}"#))
        send("app/high", "x", times: 300)
        send("app/slow", "x", times: 2)
        var open = bench.newOrders()
        var slow = 0
        for _ in 0..<250 {
            slow += serve(1, &open).filter { $0.function.slug == "app-slow" }.count
            // The second one waits for the throttle.
            if slow == 1 { #expect(bench.partition.owed == nil) }
        }
        #expect(slow == 1)
    }
}
