import StepwellModel
import Testing

@testable import StepwellCore

/// Runs that are queued or under way when their function registers with other keys.
@Suite struct KeyRenewalTests {
    private let bench: Bench
    private static let byK = #""concurrency":{"limit":1,"key":"event.data.k"}"#
    private static let byJ = #""concurrency":{"limit":1,"key":"event.data.j"}"#

    init() {
        var settings = Settings()
        settings.bulkPageMax = 2
        bench = Bench(settings: settings)
    }

    private func register(_ options: String) throws { try bench.register(Bench.function("job", on: "app/go", options)) }

    private func send(_ k: String, _ j: String) { bench.send("app/go", data: #"{"j":"\#(j)","k":"\#(k)"}"#) }

    /// The runs as the store has them, with their events.
    private var candidates: [RunKey: BulkCandidate] {
        var events: [EventKey: EventRow] = [:]
        var found: [RunKey: BulkCandidate] = [:]
        for write in bench.writes {
            if case .insertEvent(let row) = write { events[row.key] = row }
            if case .insertRun(let row) = write, let event = events[row.eventKey] {
                found[row.key] = BulkCandidate(
                    key: row.key, run: LoadedRun(run: row, event: event, steps: [], jobs: [:]))
            }
        }
        return found
    }

    private func page(on bench: Bench? = nil) throws -> (ticket: UInt64, request: BulkPageRequest) {
        let load = try #require((bench ?? self.bench).newLoads().last)
        guard case .bulkPage(let request) = load.request else { throw Unexpected() }
        return (load.ticket, request)
    }

    /// Answers the page that is being read with these runs.
    private func answer(_ runs: Int64..., on other: Bench? = nil) throws {
        let (ticket, _) = try page(on: other)
        let found = try runs.map { try #require(candidates[RunKey($0)]) }
        (other ?? bench).apply(
            .loaded(ticket: ticket, .bulkPage(BulkPage(runs: found, cursor: runs.last ?? 0))))
    }

    private func called(_ bench: Bench? = nil) -> [Int64] { (bench ?? self.bench).newOrders().map(\.runKey.value) }

    private func causes(_ run: Int64) throws -> [Explanation.Cause] {
        let token = bench.token()
        bench.apply(.explain(RunKey(run), token))
        guard case .explained(let explanation) = bench.reply(token.value) else { throw Unexpected() }
        return explanation.actions.flatMap(\.causes)
    }

    // MARK: - In line

    @Test func `a queued run waits for its new keys, and then stands where they say`() throws {
        try register(Self.byK)
        send("a", "x")
        send("a", "y")
        send("a", "x")
        #expect(called() == [1])
        try register(Self.byJ)
        #expect(called() == [])
        #expect(try causes(2) == [.renewingKeys])
        try answer(2, 3)
        #expect(called() == [2])
        guard case .concurrency = try #require(try causes(3).first) else { throw Unexpected() }
        let keys = bench.writes.compactMap { write in
            if case .replaceLimitKeys(let run, let keys) = write { (run.value, keys.concurrency) } else { nil }
        }
        #expect(keys.map(\.0) == [1, 2, 3])
        #expect(keys.map(\.1) == [["x"], ["y"], ["x"]])
        #expect(bench.writes.contains(.deleteKeyRenewal))
    }

    @Test func `a call under way counts at once for the new value of its run`() throws {
        try register(Self.byK)
        send("a", "x")
        let first = try #require(bench.newOrders().first)
        try register(Self.byJ)
        send("b", "x")
        #expect(called() == [])
        bench.answer(first, .completed(output: .null))
        #expect(called() == [2])
    }

    @Test func `what came before the change goes before what came after it`() throws {
        try register(Self.byK)
        send("a", "x")
        let first = try #require(bench.newOrders().first)
        send("a", "x")
        try register(Self.byJ)
        bench.advance(by: .seconds(1))
        send("b", "x")
        try answer(2)
        bench.answer(first, .completed(output: .null))
        #expect(called() == [2])
    }

    @Test func `a run that is under way has its new keys with its next call`() throws {
        try register(Self.byK)
        send("a", "x")
        send("b", "x")
        let orders = bench.newOrders()
        try register(Self.byJ)
        bench.answer(orders[0], .ran("one"))
        bench.answer(orders[1], .sleep("nap", .seconds(1)))
        // Both had their calls when the keys changed, and only one has room now.
        let next = try #require(bench.newOrders().first)
        #expect(next.runKey == RunKey(1))
        bench.advance(by: .seconds(1))
        #expect(called() == [])
        bench.answer(next, .completed(output: .null))
        #expect(called() == [2])
    }

    @Test func `a priority that changes moves what waits`() throws {
        try register(#""concurrency":1"#)
        for j in ["x", "0", "y"] { bench.send("app/go", data: #"{"k":"a","p":\#(j == "y" ? 9 : 0)}"#) }
        let first = try #require(bench.newOrders().first)
        try register(#""concurrency":1,"priority":{"run":"event.data.p"}"#)
        try answer(2, 3)
        bench.answer(first, .completed(output: .null))
        #expect(called() == [3])
    }

    @Test func `a run that has begun takes its slot of whole runs to its new value`() throws {
        try register(#""concurrency":{"fn":[{"limit":1,"scope":"fn","key":"event.data.k"}]}"#)
        send("a", "x")
        bench.answer(try #require(bench.newOrders().first), .sleep("nap", .hours(1)))
        try register(#""concurrency":{"fn":[{"limit":1,"scope":"fn","key":"event.data.j"}]}"#)
        try answer(1)
        send("b", "x")
        #expect(called() == [])
        send("a", "y")
        #expect(called() == [3])
    }

    @Test func `a singleton's value belongs to the run that has it, and to no second one`() throws {
        try register(#""singleton":{"mode":"skip","key":"event.data.k"},"concurrency":{"limit":1}"#)
        send("a", "x")
        send("b", "x")
        let first = try #require(bench.newOrders().first)
        try register(#""singleton":{"mode":"skip","key":"event.data.j"},"concurrency":{"limit":1}"#)
        try answer(2)
        send("c", "x")
        #expect(bench.partition.unfinishedRunCount == 2)
        bench.answer(first, .completed(output: .null))
        #expect(called() == [2])
        send("c", "x")
        #expect(bench.partition.unfinishedRunCount == 2)
    }

    @Test func `what is held back has the keys of the moment at which it is let go`() throws {
        let debounce = #","debounce":{"period":"1s"}"#
        try register(Self.byK + debounce)
        send("a", "x")
        try register(Self.byJ + debounce)
        #expect(bench.newLoads().isEmpty)
        bench.advance(by: .seconds(1))
        send("b", "x")
        bench.advance(by: .seconds(1))
        #expect(called() == [1])
        guard case .concurrency = try #require(try causes(2).first) else { throw Unexpected() }
    }

    // MARK: - In slices

    @Test func `runs are read in pages, and a restart goes on where the last page ended`() throws {
        try register(Self.byK)
        for number in 0..<6 { send("a", "\(number)") }
        #expect(called() == [1])
        try register(Self.byJ)
        let (ticket, request) = try page()
        #expect(request.after == 0)
        #expect(request.through == 6)
        #expect(request.limit == 2)
        let found = try [2, 3].map { try #require(candidates[RunKey($0)]) }
        bench.apply(.loaded(ticket: ticket, .bulkPage(BulkPage(runs: found, cursor: 3))))
        #expect(called() == [2, 3])
        let (after, _) = try Bench.recover(from: bench)
        let loads = after.newLoads().map(\.request)
        #expect(loads.contains { if case .bulkPage(let page) = $0 { page.after == 3 } else { false } })
        // By their new keys these have room; the others wait for theirs.
        let read = loads.compactMap { if case .run(let key) = $0 { key.value } else { nil } }
        #expect(read == [1, 2, 3])
    }

    @Test func `another change begins anew, and what was read for the one before is of no use`() throws {
        try register(Self.byK)
        send("a", "x")
        send("a", "y")
        #expect(called() == [1])
        try register(Self.byJ)
        let (ticket, _) = try page()
        try register(#""concurrency":{"limit":1,"key":"event.data.k + event.data.j"}"#)
        let run = try #require(candidates[RunKey(2)])
        bench.apply(.loaded(ticket: ticket, .bulkPage(BulkPage(runs: [run], cursor: 2))))
        #expect(called() == [])
        try answer(2)
        #expect(called() == [2])
    }

    @Test func `nothing is read when no run is unfinished, or no key has changed`() throws {
        try register(Self.byK)
        send("a", "x")
        let order = try #require(bench.newOrders().first)
        try register(#""concurrency":{"limit":7,"key":"event.data.k"}"#)
        #expect(bench.newLoads().isEmpty)
        bench.answer(order, .completed(output: .null))
        try register(Self.byJ)
        #expect(bench.newLoads().isEmpty)
        #expect(!bench.writes.contains { if case .putKeyRenewal = $0 { true } else { false } })
    }
}

private struct Unexpected: Error {}
