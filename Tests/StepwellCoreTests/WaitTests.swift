import StepwellCore
import StepwellModel
import Testing

@Suite struct WaitTests {
    let bench = Bench()

    init() throws {
        try bench.register(
            Bench.function("parent", on: "app/parent"), Bench.function("child", on: "app/child"),
            Bench.function(
                "parent-failure", on: "inngest/function.failed", retries: 0
            )
            .replacing(
                #""event":"inngest/function.failed""#,
                with: #""event":"inngest/function.failed","expression":"event.data.function_id == 'app-parent'""#))
    }

    private func wait(_ name: String, if expression: String?, timeout: Milliseconds, for order: CallOrder) throws
        -> StepwellCore.Operation
    {
        let plan = try WaitPlan(
            eventName: name, expression: expression, event: EventView(name: "app/parent", payload: order.event),
            now: bench.time)
        return .init(id: "wait", name: "wait", kind: .waitForEvent(plan, timeout: .after(timeout)), options: nil)
    }

    private func parent(_ data: String = #"{"id":7}"#) throws -> CallOrder {
        bench.send("app/parent", data: data)
        return try #require(bench.newOrders().first)
    }

    @Test(arguments: [
        (#"{"id":7}"#, true), (#"{"id":7.0}"#, true), (#"{"id":8}"#, false), (#"{"id":"7"}"#, false), ("{}", false),
    ])
    func `a wait ends with the event whose value is equal, and the event is its result`(data: String, matches: Bool)
        throws
    {
        let order = try parent()
        bench.answer(order, try wait("app/done", if: "event.data.id == async.data.id", timeout: .hours(1), for: order))
        bench.send("app/done", data: data)
        let next = bench.newOrders().first
        #expect((next != nil) == matches)
        if matches { #expect(next?.steps.first?.memo.value(at: ["name"])?.string == "app/done") }
    }

    @Test func `a wait with more than an equality looks at the rest too`() throws {
        let order = try parent()
        bench.answer(
            order,
            try wait(
                "app/done", if: "event.data.id == async.data.id && async.data.n > 3", timeout: .hours(1), for: order))
        bench.send("app/done", data: #"{"id":7,"n":3}"#)
        #expect(bench.newOrders().isEmpty)
        bench.send("app/done", data: #"{"id":7,"n":4}"#)
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a wait that nothing ends is over at its timeout with null`() throws {
        let order = try parent()
        bench.answer(order, try wait("app/done", if: nil, timeout: .hours(1), for: order))
        bench.advance(by: .hours(1))
        let next = try #require(bench.newOrders().first)
        #expect(next.steps.map(\.memo) == [.null])
        bench.send("app/done")
        #expect(bench.newOrders().isEmpty)
    }

    @Test func `one event ends every wait that it matches, each once`() throws {
        for _ in 0..<3 {
            let order = try parent()
            bench.answer(
                order, try wait("app/done", if: "event.data.id == async.data.id", timeout: .hours(1), for: order))
        }
        bench.send("app/done", data: #"{"id":7}"#)
        #expect(bench.newOrders().count == 3)
        bench.send("app/done", data: #"{"id":7}"#)
        #expect(bench.newOrders().isEmpty)
    }

    // MARK: - Invocations

    private func invoke(_ target: String, timeout: Milliseconds = .hours(1)) -> StepwellCore.Operation {
        .init(
            id: "call", name: "call",
            kind: .invoke(
                function: target,
                payload: InvokePayload(data: RawJSON(text: #"{"n":1}"#), user: .emptyObject, version: nil),
                timeout: .after(timeout)), options: nil)
    }

    @Test func `an invoked function's result is the step's result`() throws {
        bench.answer(try parent(), invoke("app-child"))
        let child = try #require(bench.newOrders().first)
        #expect(child.function.slug == "app-child" && child.event.value(at: ["data", "n"])?.integer == 1)
        bench.answer(child, .completed(output: RawJSON(text: #"{"ok":true}"#)))
        let next = try #require(bench.newOrders().first)
        #expect(next.steps.first?.memo.text == #"{"data":{"ok":true}}"#)
    }

    @Test func `an invoked function's failure is the step's error`() throws {
        bench.answer(try parent(), invoke("app-child"))
        let child = try #require(bench.newOrders().first)
        bench.answer(child, .failed(error: RawJSON(text: #"{"name":"Broken"}"#), retry: .never))
        #expect(bench.newOrders().first?.steps.first?.memo.text == #"{"error":{"name":"Broken"}}"#)
    }

    @Test func `an invocation of what does not exist is an error at once`() throws {
        bench.answer(try parent(), invoke("app-nobody"))
        let memo = try #require(bench.newOrders().first?.steps.first?.memo)
        #expect(memo.value(at: ["error", "message"])?.string == "could not find function with ID: app-nobody")
    }

    @Test func `an invocation that takes too long is an error, and the child goes on`() throws {
        bench.answer(try parent(), invoke("app-child", timeout: .minutes(1)))
        let child = try #require(bench.newOrders().first)
        bench.advance(by: .minutes(1))
        let memo = try #require(bench.newOrders().first?.steps.first?.memo)
        #expect(memo.value(at: ["error", "name"])?.string == "InngestInvokeTimeoutError")
        bench.answer(child, .ran("x"))
        #expect(bench.newOrders().first?.function.slug == "app-child")
    }

    @Test func `a cancelled child is an error for its parent`() throws {
        bench.answer(try parent(), invoke("app-child"))
        let child = try #require(bench.newOrders().first)
        bench.apply(.cancel(child.runKey, bench.token()))
        #expect(bench.newOrders().first?.steps.first?.memo.value(at: ["error", "name"])?.string == "Error")
    }

    @Test func `the failure handler runs once for a failed run, with its event and error`() throws {
        let order = try parent()
        bench.answer(order, .failed(error: RawJSON(text: #"{"message":"no"}"#), retry: .never))
        let handlers = bench.newOrders()
        #expect(handlers.map(\.function.slug) == ["app-parent-failure"])
        #expect(handlers.first?.event.value(at: ["id"])?.string == order.runID.description)
        #expect(handlers.first?.event.value(at: ["data", "error", "message"])?.string == "no")
        #expect(handlers.first?.event.value(at: ["data", "event", "data", "id"])?.integer == 7)
        bench.answer(try #require(handlers.first), .failed(error: .null, retry: .never))
        #expect(bench.newOrders().isEmpty)
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}

@Suite struct ForgottenRunTests {
    /// One run that waits for `app/done`, as a new process finds it.
    private func recovered() throws -> (bench: Bench, run: LoadedRun) {
        let before = Bench()
        try before.register(Bench.function("job", on: "app/go"))
        before.send("app/go", data: #"{"id":7}"#)
        let order = try #require(before.newOrders().first)
        let plan = try WaitPlan(
            eventName: "app/done", expression: "event.data.id == async.data.id",
            event: EventView(name: "app/go", payload: order.event), now: before.time)
        before.answer(
            order, .init(id: "wait", name: "wait", kind: .waitForEvent(plan, timeout: .after(.hours(1))), options: nil))
        return try Bench.recover(from: before)
    }

    @Test func `a match is written with its event when the run has to be read first`() throws {
        let (bench, loaded) = try recovered()
        bench.send("app/done", data: #"{"id":7}"#)
        let writes = bench.newWrites()
        #expect(writes.contains { if case .matchWait = $0 { true } else { false } })
        #expect(writes.contains { if case .insertEvent = $0 { true } else { false } })
        let load = try #require(bench.newLoads().first)
        bench.apply(.loaded(ticket: load.ticket, .run(loaded)))
        #expect(bench.newOrders().first?.steps.first?.memo.value(at: ["name"])?.string == "app/done")
    }

    @Test func `a match that was written before a crash still ends the wait after it`() throws {
        let (bench, loaded) = try recovered()
        bench.send("app/done", data: #"{"id":7}"#)
        let (second, _) = try Bench.recover(from: bench, earlier: loaded)
        let load = try #require(second.newLoads().first)
        var again = loaded
        again.matches = try #require(second.recoveredMatches)
        second.apply(.loaded(ticket: load.ticket, .run(again)))
        #expect(second.newOrders().first?.steps.first?.memo.value(at: ["data", "id"])?.integer == 7)
        second.advance(by: .hours(2))
        #expect(second.newWrites().count { if case .insertStep = $0 { true } else { false } } == 1)
    }

    @Test func `a wait that times out has nothing, whatever ended the wait before it`() throws {
        let (bench, loaded) = try recovered()
        bench.send("app/done", data: #"{"id":7}"#)
        let (second, _) = try Bench.recover(from: bench, earlier: loaded)
        let load = try #require(second.newLoads().first)
        var again = loaded
        again.matches = try #require(second.recoveredMatches)
        second.apply(.loaded(ticket: load.ticket, .run(again)))
        second.answer(
            try #require(second.newOrders().first),
            .init(
                id: "next", name: "next",
                kind: .waitForEvent(WaitPlan(eventName: "app/never"), timeout: .after(.minutes(1))), options: nil))
        second.advance(by: .minutes(1))
        #expect(second.newOrders().first?.steps.last?.memo == .null)
    }

    @Test func `a cancel that waits for the run to be read ends it, and a call that was to follow is not made`() throws
    {
        let (bench, loaded) = try recovered()
        let token = bench.token()
        bench.apply(.cancel(loaded.run.key, token))
        bench.advance(by: .hours(1))
        let load = try #require(bench.newLoads().first)
        bench.apply(.loaded(ticket: load.ticket, .run(loaded)))
        guard case .cancelled? = bench.reply(token.value) else { throw Missing() }
        #expect(bench.newOrders().isEmpty && bench.partition.unfinishedRunCount == 0)
    }
}
