import StepwellExpressions
import StepwellModel
import Testing

@testable import StepwellCore

/// What becomes of an event for which an expression of its function fails, gives another type than it should, or gives a
/// very large value: the table of `Docs/flow-control.md`. In no case is an event lost, or one's run delayed for ever.
@Suite struct BadExpressionTests {
    /// A place in a function's configuration where an expression may stand.
    struct Place: CustomTestStringConvertible, Sendable {
        /// As a problem names it.
        var field: String
        /// Members of the configuration with this expression.
        var options: @Sendable (String) -> String
        var testDescription: String { field }

        /// Those whose expression is the function's, by their names; the trigger's stands in the trigger.
        static let all: [Place] = [
            Place(field: "concurrency[0].key") { #""concurrency":{"limit":1,"key":"\#($0)"}"# },
            Place(field: "concurrency[1].key") {
                #""concurrency":[{"limit":9},{"limit":1,"key":"\#($0)","scope":"env"}]"#
            },
            Place(field: "concurrency.fn.key") { #""concurrency":{"fn":[{"limit":1,"key":"\#($0)"}]}"# },
            Place(field: "throttle.key") { #""throttle":{"limit":1,"period":"1h","key":"\#($0)"}"# },
            Place(field: "rateLimit.key") { #""rateLimit":{"limit":1,"period":"1h","key":"\#($0)"}"# },
            Place(field: "idempotency") { #""idempotency":"\#($0)""# },
            Place(field: "debounce.key") { #""debounce":{"period":"1s","key":"\#($0)"}"# },
            Place(field: "batchEvents.key") { #""batchEvents":{"maxSize":2,"timeout":"1s","key":"\#($0)"}"# },
            Place(field: "batchEvents.if") { #""batchEvents":{"maxSize":2,"timeout":"1s","if":"\#($0)"}"# },
            Place(field: "priority.run") { #""priority":{"run":"\#($0)"}"# },
            Place(field: "singleton.key") { #""singleton":{"mode":"skip","key":"\#($0)"}"# },
            Place(field: "cancel[0].if") { #""cancel":[{"event":"app/stop","if":"\#($0)"}]"# },
        ]
    }

    private static func trigger(_ expression: String) -> String {
        #"{"id":"app-job","name":"job","triggers":[{"event":"app/go","expression":"\#(expression)"}],"steps":{"step":"#
            + #"{"id":"step","name":"step","runtime":{"type":"http","url":"http://localhost:3000/api?fnId=app-job"}}}}"#
    }

    private func refusal(of function: String) -> ExpressionProblem? {
        do {
            _ = try FunctionBlueprint(
                compiling: RegisteredFunction(RawJSON(text: function).slice), id: UUIDBytes(high: 1, low: 1))
            return nil
        } catch let problem as ExpressionProblem {
            return problem
        } catch {
            Issue.record(error)
            return nil
        }
    }

    // MARK: - At the registration

    @Test(arguments: Place.all)
    func `an expression that is none, or names what there is not, is refused with its place`(place: Place) throws {
        for (expression, column) in [("event.data.a ==", 16), ("event.data.a + nobody.data", 16)] {
            let problem = try #require(refusal(of: Bench.function("job", on: "app/go", place.options(expression))))
            #expect(problem.function == "app-job" && problem.field == place.field)
            #expect(problem.error.line == 1 && problem.error.column == column, "\(problem)")
            #expect(problem.description.contains("\"app-job\": \(place.field) line 1, column \(column)"))
        }
    }

    @Test func `a trigger's expression that is none is refused with its place`() throws {
        let problem = try #require(refusal(of: Self.trigger("event.data.a &&")))
        #expect(problem.field == "triggers[0].expression" && problem.error.line == 1)
    }

    @Test func `the condition of a cancellation may not calculate`() throws {
        let options = #""cancel":[{"event":"app/stop","if":"event.data.a == async.data.a + 1"}]"#
        #expect(refusal(of: Bench.function("job", on: "app/go", options))?.field == "cancel[0].if")
    }

    @Test func `a wait's expression that is none is refused where the step reports it`() {
        let event = EventView(name: "app/go", payload: RawJSON(text: "{}"))
        #expect(throws: ExpressionError.self) {
            try WaitPlan(
                eventName: "app/stop", expression: "event.data.a == nobody", event: event,
                now: Timestamp(milliseconds: 0))
        }
    }

    // MARK: - On an event

    private let bench = Bench()

    private func register(_ options: String) throws {
        try bench.register(Bench.function("job", on: "app/go", options))
    }

    private func send(_ data: String...) { for data in data { bench.send("app/go", data: data) } }

    private func sendThree() { send(#"{"n":1}"#, #"{"n":2}"#, #"{"n":3}"#) }

    private func newRuns() -> [RunRow] {
        bench.newWrites().compactMap { if case .insertRun(let row) = $0 { row } else { nil } }
    }

    @Test func `a trigger that fails, or gives no bool, starts nothing, and the event is stored`() throws {
        for expression in ["1 / 0 == 1", "event.data.n"] {
            try bench.register(Self.trigger(expression))
            _ = bench.newWrites()
            sendThree()
            let writes = bench.newWrites()
            #expect(writes.count == 3 && writes.allSatisfy { if case .insertEvent = $0 { true } else { false } })
        }
    }

    @Test(arguments: ["concurrency[0].key", "concurrency[1].key", "concurrency.fn.key", "throttle.key"])
    func `events for which a limit's key fails share one limit, and the run says so`(field: String) throws {
        let place = try #require(Place.all.first { $0.field == field })
        try register(place.options("string(1 / 0)"))
        sendThree()
        let runs = newRuns()
        #expect(runs.count == 3)
        for run in runs {
            let values = run.limitKeys.concurrency + [run.limitKeys.run, run.limitKeys.throttle]
            #expect(values.contains(LimitKeys.invalid), "\(run.limitKeys)")
        }
        #expect(bench.newOrders().count == 1)
    }

    @Test(arguments: [
        ("event.data.n", ["1", "2", "1.5"]), ("event.data.nothing", ["<nil>", "<nil>", "<nil>"]),
        ("event.data.n > 1", ["false", "true", "true"]), ("[event.data.n]", ["[1]", "[2]", "[1.5]"]),
    ]) func `a limit's key may have any type: its value is what the text of it says`(
        expression: String, values: [String]
    ) throws {
        try register(#""concurrency":{"limit":1,"key":"\#(expression)"}"#)
        send(#"{"n":1}"#, #"{"n":2}"#, #"{"n":1.5}"#)
        #expect(newRuns().map(\.limitKeys.concurrency) == values.map { [$0] })
    }

    @Test(arguments: ["rateLimit.key", "idempotency"])
    func `events for which the key of a rate limit fails count as one value`(field: String) throws {
        let place = try #require(Place.all.first { $0.field == field })
        try register(place.options("1 / 0"))
        sendThree()
        #expect(newRuns().count == 1)
        try register(place.options("false"))
        sendThree()
        #expect(newRuns().count == 3)
    }

    @Test(arguments: [("debounce.key", 1), ("batchEvents.key", 2)])
    func `events for which the key of a debounce or a batch fails are held back together`(
        field: String, count: Int
    ) throws {
        let place = try #require(Place.all.first { $0.field == field })
        try register(place.options("1 / 0"))
        sendThree()
        bench.advance(by: .seconds(1))
        #expect(newRuns().count == count)
        #expect(bench.newOrders().count == count)
    }

    @Test(arguments: ["1 / 0", "'high'", "1.5", "event.data.nothing", "[1]"])
    func `a priority that fails or is no whole number is none`(expression: String) throws {
        try register(#""priority":{"run":"\#(expression)"}"#)
        sendThree()
        #expect(newRuns().map(\.limitKeys.priority) == [0, 0, 0])
    }

    @Test func `a singleton's key that fails or is false makes no singleton`() throws {
        for expression in ["1 / 0", "false"] {
            try register(#""singleton":{"mode":"skip","key":"\#(expression)"}"#)
            sendThree()
            #expect(newRuns().map(\.status) == [.queued, .queued, .queued])
        }
    }

    @Test func `an event on which a condition fails, or gives no bool, cancels nothing and ends no wait`() throws {
        try register(#""cancel":[{"event":"app/stop","if":"async.data.n"}]"#)
        sendThree()
        let order = try #require(bench.newOrders().first)
        let plan = try WaitPlan(
            eventName: "app/stop", expression: "1 / async.data.n == 1",
            event: EventView(name: "app/go", payload: RawJSON(text: "{}")), now: bench.time)
        bench.answer(
            order,
            StepwellCore.Operation(
                id: "w", name: "w", kind: .waitForEvent(plan, timeout: .after(.hours(1))), options: nil))
        bench.send("app/stop", data: #"{"n":0}"#)
        bench.send("app/stop", data: #"{"n":"text"}"#)
        #expect(bench.newOrders().isEmpty && bench.partition.unfinishedRunCount == 3)
    }

    // MARK: - Large values

    private static let megabyte = 1 << 20
    private static func large(_ end: Character) -> String {
        #"{"k":"\#(String(repeating: "x", count: megabyte))\#(end)"}"#
    }

    @Test(arguments: Place.all.filter { !["priority.run", "batchEvents.if", "cancel[0].if"].contains($0.field) })
    func `a key of a megabyte is a value like any other, and only its beginning is kept`(place: Place) throws {
        try register(place.options("event.data.k"))
        send(Self.large("a"), Self.large("b"), Self.large("a"))
        bench.advance(by: .seconds(1))
        let orders = bench.newOrders()
        let ends = orders.map { $0.event.value(at: ["data", "k"])?.string?.last }
        #expect(orders.count == 2 && Set(ends) == ["a", "b"], "\(ends)")
        for run in newRuns() {
            let keys = run.limitKeys
            let texts = (keys.concurrency + [keys.run, keys.throttle, keys.singleton]).compactMap { $0 }
            #expect(texts.allSatisfy { $0.utf8.count < 1_024 }, "\(texts.map(\.utf8.count))")
        }
    }

    @Test func `an event with a megabyte at the place of a condition cancels the run that matches`() throws {
        try register(#""cancel":[{"event":"app/stop","if":"event.data.k == async.data.k"}]"#)
        send(Self.large("a"), Self.large("b"))
        bench.send("app/stop", data: Self.large("a"))
        #expect(bench.partition.unfinishedRunCount == 1)
    }

    // MARK: - All at once

    @Test func `a function with every option that may stand with the others is accepted, and its run goes to its end`()
        throws
    {
        let all = #"""
            "concurrency":{"fn":[{"limit":2,"key":"event.data.k"}],"step":[{"limit":2,"key":"event.data.k"},
            {"limit":3,"key":"event.data.k","scope":"account"}]},
            "throttle":{"limit":5,"period":"1s","burst":2,"key":"event.data.k"},
            "rateLimit":{"limit":100,"period":"1m","key":"event.data.k"},
            "priority":{"run":"10"},"singleton":{"mode":"cancel","key":"event.data.k"},
            "cancel":[{"event":"app/stop","if":"event.data.k == async.data.k","timeout":"1h"},{"event":"app/halt"}],
            "timeouts":{"start":"1m","finish":"1m"},"checkpoint":{"batch_steps":3}
            """#
        try register(all)
        send(#"{"k":"a"}"#, #"{"k":"b"}"#)
        for order in bench.newOrders() { bench.answer(order, .ran("x")) }
        bench.send("app/stop", data: #"{"k":"b"}"#)
        let orders = bench.newOrders()
        #expect(orders.count == 2)
        for order in orders { bench.answer(order, .completed(output: .null)) }
        #expect(bench.partition.unfinishedRunCount == 0)
    }
}
