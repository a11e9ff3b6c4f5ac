@testable import StepwellCore
import StepwellModel
import Testing

@Suite struct DeferTests {
    let bench = Bench()

    init() throws {
        try bench.register(
            Bench.function("parent", on: "app/go", retries: 0),
            Bench.function("later", on: "inngest/deferred.schedule", retries: 0).replacing(
                #""event":"inngest/deferred.schedule""#,
                with: #""event":"inngest/deferred.schedule","expression":"event.data._inngest.fn_slug == 'app-later'""#)
        )
    }

    private func add(_ id: String, input: String = #"{"n":1}"#, function: String = "app-later", note: String? = nil)
        -> StepwellCore.Operation
    {
        .init(
            id: id, name: id,
            kind: .deferAdd(function: function, input: RawJSON(text: input), note: note.map { RawJSON(text: $0) }),
            options: nil)
    }

    private func abort(_ target: String) -> StepwellCore.Operation {
        .init(id: "abort-\(target)", name: "abort", kind: .deferAbort(target), options: nil)
    }

    private func started() throws -> CallOrder {
        bench.send("app/go")
        return try #require(bench.newOrders().first)
    }

    private func statuses() -> [DeferStatus] {
        bench.newWrites().compactMap { if case .insertDefer(let row) = $0 { row.status } else { nil } }
    }

    @Test func `a deferred function runs when the run has ended, with its input and where it comes from`() throws {
        let order = try started()
        bench.answer(order, add("d"), .ran("a"))
        let next = try #require(bench.newOrders().first)
        #expect(next.defers == [.init(id: "d", isAbortable: true)])
        #expect(next.steps.map(\.id) == ["a"] && !next.forcesStepPlan)
        bench.answer(next, .completed(output: .null))
        let later = try #require(bench.newOrders().first)
        #expect(later.function.slug == "app-later")
        let own = try #require(later.event.value(at: ["data", "_inngest"]))
        #expect(own["fn_slug"]?.string == "app-later" && own["parent_fn_slug"]?.string == "app-parent")
        #expect(own["parent_run_id"]?.string == "\(order.runID)")
        #expect(later.event.value(at: ["data", "n"])?.integer == 1)
        #expect(later.event.value(at: ["id"])?.string == "\(order.runID)-d")
    }

    @Test func `it runs whatever the end, and once`() throws {
        let order = try started()
        bench.answer(order, add("d"), .ran("a"))
        let next = try #require(bench.newOrders().first)
        bench.answer(next, .failed(error: RawJSON(text: "{}"), retry: .never))
        #expect(bench.newOrders().map(\.function.slug) == ["app-later"])
    }

    @Test func `one that is aborted does not run, and the SDK sees that`() throws {
        bench.answer(try started(), add("d"), add("e"), .ran("a"))
        bench.answer(try #require(bench.newOrders().first), abort("d"), .ran("b"))
        let next = try #require(bench.newOrders().first)
        #expect(next.defers == [.init(id: "d", isAbortable: false), .init(id: "e", isAbortable: true)])
        bench.answer(next, .completed(output: .null))
        #expect(bench.newOrders().map { $0.event.value(at: ["id"])?.string?.last } == ["e"])
    }

    @Test func `the same one reported again is one, and an unknown one is aborted without effect`() throws {
        bench.answer(try started(), add("d"), .ran("a"))
        bench.answer(try #require(bench.newOrders().first), add("d", input: #"{"n":2}"#), abort("x"), .ran("b"))
        #expect(statuses() == [.scheduled])
        #expect(bench.newOrders().first?.defers.count == 1)
    }

    @Test func `a twenty-first is rejected, and the run goes on`() throws {
        bench.send("app/go")
        let order = try #require(bench.newOrders().first)
        bench.answer(
            order, .operations((0..<21).map { add("d\($0)") } + [StepwellCore.Operation.ran("a")], requestVersion: 2))
        #expect(statuses() == Array(repeating: .scheduled, count: 20) + [.rejected])
        #expect(bench.newOrders().first?.defers.last == .init(id: "d20", isAbortable: false))
    }

    @Test func `inputs of more than 4 MiB together, and what makes no sense, are rejected`() throws {
        let half = #"{"x":"\#(String(repeating: "x", count: 2_200_000))"}"#
        bench.answer(
            try started(), add("a", input: half), add("b", input: half), add("c", input: "null"),
            add("d", function: ""),
            add("e", note: #""\#(String(repeating: "n", count: 32 << 10))""#), .ran("s"))
        #expect(statuses() == [.scheduled, .rejected, .rejected, .rejected, .rejected])
    }

    @Test func `an answer of nothing else is followed by a call that knows it, and not for ever`() throws {
        bench.answer(try started(), add("d"))
        let again = try #require(bench.newOrders().first)
        #expect(again.defers.count == 1)
        bench.answer(again, add("d"))
        let ends = bench.newWrites().count {
            if case .finishRun(again.runKey, .failed, _, _) = $0 { true } else { false }
        }
        #expect(ends == 1)
    }

    @Test func `a cancelled run's functions run too`() throws {
        bench.answer(try started(), add("d"), .sleep("nap", .hours(1)))
        let run = try #require(bench.partition.runSlots.keys.first)
        bench.apply(.cancel(run, bench.token()))
        #expect(bench.newOrders().map(\.function.slug) == ["app-later"])
    }
}

@Suite struct MetadataTests {
    let bench = Bench()

    init() throws { try bench.register(Bench.function("job", on: "app/go")) }

    private func entry(_ kind: String = "k", bytes: Int = 8, isOfRun: Bool = false) -> MetadataEntry {
        let text = String(repeating: "x", count: bytes - 8)
        return .init(isOfRun: isOfRun, kind: kind, operation: .merge, values: RawJSON(text: #"{"v":"\#(text)"}"#))
    }

    private func rows() -> [MetadataRow] {
        bench.newWrites().compactMap { if case .insertMetadata(let row) = $0 { row } else { nil } }
    }

    private func add(_ entries: MetadataEntry..., to run: RunKey, step: String? = nil) -> UInt64 {
        let token = bench.token()
        bench.apply(.metadata(MetadataRequest(run: run, stepID: step, entries: entries), token))
        return token.value
    }

    private func started() throws -> CallOrder {
        bench.send("app/go")
        return try #require(bench.newOrders().first)
    }

    private func isNoted(_ token: UInt64) -> Bool { if case .noted? = bench.reply(token) { true } else { false } }

    private func isTooLarge(_ token: UInt64) -> Bool {
        if case .refused(.metadataTooLarge)? = bench.reply(token) { true } else { false }
    }

    @Test func `metadata that come with a step are of the step, unless they say that they are of the run`() throws {
        var operation = StepwellCore.Operation.ran("a")
        operation.metadata = [entry(), entry(isOfRun: true)]
        bench.answer(try started(), operation)
        let rows = rows()
        #expect(rows.map(\.stepID) == ["a", nil] && rows.map(\.position) == [0, 1])
    }

    @Test func `what has no room is left out, and the step has its result`() throws {
        var operation = StepwellCore.Operation.ran("a")
        operation.metadata = [entry(bytes: 60_000), entry(bytes: 8_000), entry(bytes: 1_000)]
        bench.answer(try started(), operation)
        #expect(rows().map { $0.values.count } == [60_000, 1_000])
        #expect(bench.newOrders().first?.steps.map(\.id) == ["a"])
    }

    @Test func `a request is recorded whole or refused whole`() throws {
        let run = try started().runKey
        #expect(isNoted(add(entry(bytes: 60_000), to: run)))
        #expect(isTooLarge(add(entry(), entry(bytes: 8_000), to: run)))
        #expect(isNoted(add(entry(bytes: 60_000), to: run, step: "a")))
        #expect(rows().count == 2)
    }

    @Test func `a run with all its steps has 1 MiB`() throws {
        let run = try started().runKey
        for step in 0..<17 { #expect(isNoted(add(entry(bytes: 61_000), to: run, step: "s\(step)"))) }
        #expect(isTooLarge(add(entry(bytes: 61_000), to: run, step: "last")))
    }

    @Test func `a run that has ended is read first, once what it wrote is durable`() throws {
        bench.holdsCommits = true
        let order = try started()
        let before = add(entry(), to: order.runKey)
        bench.answer(order, .completed(output: .null))
        let tokens = [add(entry(), to: order.runKey), add(entry(bytes: 70_000), to: order.runKey)]
        #expect(isNoted(before) && bench.reply(tokens[0]) == nil && bench.newLoads().isEmpty)
        for batch in bench.held { bench.apply(.committed(batch.sequence)) }
        let load = try #require(bench.newLoads().first)
        #expect(load.request == .metadata(order.runKey))
        var tally = MetadataTally()
        tally.add(stepID: nil, cost: 73)
        _ = rows()
        bench.apply(.loaded(ticket: load.ticket, .metadata(tally)))
        #expect(isNoted(tokens[0]) && isTooLarge(tokens[1]))
        #expect(rows().map(\.position) == [1])
    }
}
