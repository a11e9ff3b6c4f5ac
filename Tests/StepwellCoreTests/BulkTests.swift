import StepwellExpressions
import StepwellModel
import Testing

@testable import StepwellCore

/// Work on many runs, page by page.
@Suite struct BulkTests {
    private let bench: Bench

    init() throws {
        bench = Bench()
        try bench.register(Bench.function("job", on: "app/go"))
    }

    /// Starts runs that sleep, with keys from 1.
    private func sleepers(_ count: Int) {
        for number in 0..<count {
            bench.send("app/go", data: #"{"n":\#(number)}"#)
            for order in bench.newOrders() { bench.answer(order, .sleep("nap", .hours(1))) }
        }
        _ = bench.newWrites()
    }

    @discardableResult
    private func begin(
        _ action: BulkAction, if condition: String? = nil, rate: Int? = nil, statuses: Set<RunStatus>? = nil,
        limit: Int? = nil, from start: BulkStart? = nil
    ) throws -> ULID {
        let token = bench.token()
        let filter = BulkFilter(statuses: statuses, condition: condition)
        let request = BulkRequest(action: action, filter: filter, rate: rate, limit: limit, start: start)
        let parsed = try condition.map { try Expression(parsing: $0) }
        bench.apply(.beginBulk(request, condition: parsed, token))
        guard case .bulkBegun(let id) = bench.reply(token.value) else { throw Unexpected() }
        return id
    }

    private func page(on bench: Bench? = nil) throws -> (ticket: UInt64, request: BulkPageRequest) {
        let loads = (bench ?? self.bench).newLoads()
        let load = try #require(loads.last)
        guard loads.count == 1, case .bulkPage(let request) = load.request else { throw Unexpected() }
        return (load.ticket, request)
    }

    private func answer(_ ticket: UInt64, _ runs: [BulkCandidate], through cursor: Int64, on bench: Bench? = nil) {
        (bench ?? self.bench).apply(
            .loaded(ticket: ticket, .bulkPage(BulkPage(runs: runs, cursor: cursor))))
    }

    private func candidates(_ keys: Int64...) -> [BulkCandidate] { keys.map { BulkCandidate(key: RunKey($0)) } }

    private func ended(_ writes: [Write]) -> [Int64] {
        writes.compactMap { if case .finishRun(let run, .cancelled, _, _) = $0 { run.value } else { nil } }
    }

    private func progress(_ writes: [Write]) -> [(state: BulkState, progress: BulkProgress)] {
        writes.compactMap { if case .updateBulk(_, let state, _, let progress) = $0 { (state, progress) } else { nil } }
    }

    /// A failed run as the store would tell of it.
    private func failed(_ key: Int64, _ data: String = "{}") -> BulkCandidate {
        let payload = RawJSON(text: #"{"data":\#(data),"name":"app/go"}"#)
        let event = EventRow(
            key: EventKey(key), id: ULID(high: 1, low: UInt64(key)), name: "app/go", receivedAt: bench.time,
            payload: payload)
        let run = RunRow(
            key: RunKey(key), id: ULID(high: 2, low: UInt64(key)), functionKey: FunctionKey(1), functionVersion: 1,
            eventKey: event.key, status: .failed, queuedAt: bench.time, startedAt: nil, endedAt: bench.time,
            requestVersion: 2, forcesStepPlan: false, limitKeys: .none, correlationID: nil, output: nil)
        return BulkCandidate(key: run.key, run: LoadedRun(run: run, event: event, steps: [], jobs: [:]))
    }

    private func repeated(_ writes: [Write]) -> [RerunRow] {
        writes.compactMap { if case .insertRerun(let row) = $0 { row } else { nil } }
    }

    private struct Unexpected: Error {}

    // MARK: - Cancelling

    @Test func `runs are cancelled page by page, up to the newest that there was`() throws {
        sleepers(4)
        try begin(.cancel, statuses: [.queued, .running])
        sleepers(1)
        let first = try page()
        #expect(first.request.after == 0)
        #expect(first.request.through == 4)
        #expect(first.request.limit == 50)
        #expect(first.request.subject == .runKeys)
        answer(first.ticket, candidates(1, 2), through: 2)
        let writes = bench.newWrites()
        #expect(ended(writes) == [1, 2])
        // What was done, and that it was done, are in one batch.
        #expect(progress(writes).last?.progress.cursor == 2)
        #expect(progress(writes).last?.progress.done == 2)
        let second = try page()
        #expect(second.request.after == 2)
        answer(second.ticket, candidates(3, 4), through: 4)
        #expect(bench.newLoads().isEmpty)
        let last = try #require(progress(bench.newWrites()).last)
        #expect(last.state == .completed)
        #expect((last.progress.found, last.progress.done) == (4, 4))
        #expect(bench.partition.unfinishedRunCount == 1)
    }

    @Test func `no page is read before the work is durable`() throws {
        sleepers(1)
        bench.holdsCommits = true
        try begin(.cancel)
        #expect(bench.newLoads().isEmpty)
        for batch in bench.held { bench.apply(.committed(batch.sequence)) }
        #expect(bench.newLoads().count == 1)
    }

    @Test func `the cursor stays until runs that must be read have ended`() throws {
        sleepers(2)
        let (after, run) = try Bench.recover(from: bench)
        let token = after.token()
        let request = BulkRequest(
            action: .cancel, filter: BulkFilter())
        after.apply(.beginBulk(request, condition: nil, token))
        let first = try page(on: after)
        _ = after.newWrites()
        answer(first.ticket, candidates(1, 2), through: 2, on: after)
        #expect(progress(after.newWrites()).isEmpty)
        let loads = after.newLoads()
        #expect(loads.map(\.request) == [.run(RunKey(1)), .run(RunKey(2))])
        // The bench knows one run; the other is as it.
        for load in loads {
            guard case .run(let key) = load.request else { continue }
            var copy = run
            copy.run.key = key
            after.apply(.loaded(ticket: load.ticket, .run(copy)))
            let writes = after.newWrites()
            #expect(ended(writes) == [key.value])
            #expect(progress(writes).last?.progress.cursor == (key == RunKey(2) ? 2 : 0))
            #expect(progress(writes).last?.progress.done == Int(key.value))
            // Of a page that a crash cuts off the other runs alone are found again.
            #expect(progress(writes).last?.progress.found == Int(key.value))
        }
        #expect(after.partition.bulks.isEmpty)
    }

    @Test func `a run that has ended by itself is passed over`() throws {
        sleepers(1)
        try begin(.cancel)
        let first = try page()
        bench.apply(.cancel(RunKey(1), bench.token()))
        _ = bench.newWrites()
        answer(first.ticket, candidates(1), through: 1)
        let last = try #require(progress(bench.newWrites()).last)
        #expect(last.state == .completed)
        #expect((last.progress.found, last.progress.done) == (1, 0))
    }

    @Test func `a run that has become running is not cancelled among the queued ones`() throws {
        sleepers(1)
        try begin(.cancel, statuses: [.queued])
        answer(try page().ticket, candidates(1), through: 1)
        #expect(bench.partition.unfinishedRunCount == 1)
    }

    // MARK: - Repeating

    @Test func `each run is repeated once, in the batch that says so`() throws {
        bench.apply(.removeApp(url: "http://localhost:3000/nobody", bench.token()))
        bench.send("app/go")
        bench.send("app/go")
        for order in bench.newOrders() { bench.answer(order, .failed(error: .null, retry: .never)) }
        let id = try begin(.rerun, statuses: [.failed])
        let first = try page()
        #expect(first.request.subject == .runs)
        _ = bench.newWrites()
        let found = [failed(1), failed(2)]
        answer(first.ticket, found, through: 2)
        let writes = bench.newWrites()
        #expect(repeated(writes).map(\.originalID) == found.map { $0.run?.run.id })
        #expect(repeated(writes).map(\.bulkID) == [id, id])
        #expect(progress(writes).map(\.progress.done).contains(2))
        #expect(bench.newOrders().count == 2)
        #expect(bench.newLoads().isEmpty)
    }

    @Test func `runs of an archived function are counted as refused`() throws {
        sleepers(1)
        try begin(.rerun)
        let first = try page()
        try bench.register(Bench.function("other", on: "app/other"))
        answer(first.ticket, [failed(1)], through: 1)
        let last = try #require(progress(bench.newWrites()).last)
        #expect((last.progress.found, last.progress.done, last.progress.refused) == (1, 0, 1))
    }

    @Test func `only runs are found whose event the condition holds for`() throws {
        sleepers(3)
        try begin(.rerun, if: "event.data.n > 1")
        answer(
            try page().ticket, [failed(1, #"{"n":1}"#), failed(2, #"{"n":2}"#), failed(3, #"{"n":"x"}"#)], through: 3)
        let writes = bench.newWrites()
        #expect(repeated(writes).map(\.originalID) == [failed(2).run?.run.id])
        #expect(progress(writes).last?.progress.found == 1)
    }

    // MARK: - From a step

    private func step(_ run: Int64, _ position: Int, _ name: String, _ kind: StepKind = .run) -> StepRow {
        StepRow(
            runKey: RunKey(run), position: position, id: "hash-\(name)-\(position)", name: name, kind: kind,
            startedAt: bench.time, endedAt: bench.time, attempts: 1, isError: false,
            memo: RawJSON(text: #"{"data":1}"#),
            options: nil)
    }

    /// A failed run that has got to some steps, of which the last ones have no result.
    private func failed(_ key: Int64, steps: [StepRow], open: [NamedStep] = []) -> BulkCandidate {
        var candidate = failed(key)
        candidate.run?.steps = steps
        candidate.openSteps = open
        return candidate
    }

    @Test func `each run is repeated from the step of that name, with the input, and keeps what came before`() throws {
        sleepers(3)
        try begin(.rerun, from: BulkStart(step: "charge", input: RawJSON(text: "[7]")))
        let first = try page()
        #expect(first.request.subject == .runsWithSteps)
        _ = bench.newWrites()
        let found = [
            failed(1, steps: [step(1, 0, "read"), step(1, 1, "charge"), step(1, 2, "tell")]),
            failed(2, steps: [step(2, 0, "read")], open: [NamedStep(id: "hash-x", name: "charge")]),
        ]
        answer(first.ticket, found, through: 3)
        let writes = bench.newWrites()
        #expect(repeated(writes).map(\.stepID) == ["hash-charge-1", "hash-x"])
        #expect(repeated(writes).map(\.input) == [RawJSON(text: "[7]"), RawJSON(text: "[7]")])
        let copied = writes.compactMap { if case .insertStep(let row) = $0 { row.name } else { nil } }
        #expect(copied == ["read", "read"])
        #expect(progress(writes).last?.progress.done == 2)
    }

    @Test func `runs without the one step that is meant are counted as refused`() throws {
        sleepers(4)
        try begin(.rerun, from: BulkStart(step: "charge", input: RawJSON(text: "[7]")))
        let found = [
            failed(1, steps: [step(1, 0, "read")]),
            failed(2, steps: [step(2, 0, "charge"), step(2, 1, "charge")]),
            failed(3, steps: [step(3, 0, "charge", .sleep)]),
            failed(4, steps: [step(4, 0, "charge")]),
            failed(5, steps: [], open: [NamedStep(id: "hash-x", name: "charge", job: .waitForEvent)]),
        ]
        answer(try page().ticket, found, through: 4)
        let last = try #require(progress(bench.newWrites()).last)
        #expect((last.progress.found, last.progress.done, last.progress.refused) == (5, 1, 4))
    }

    // MARK: - Events

    private func event(_ key: Int64, _ name: String = "app/go", _ data: String = "{}") -> EventRow {
        EventRow(
            key: EventKey(key), id: ULID(high: 1, low: UInt64(key)), name: name, receivedAt: bench.time,
            payload: RawJSON(text: #"{"data":\#(data),"id":"mine","name":"\#(name)","ts":5,"user":{},"v":"2"}"#))
    }

    private func answer(_ ticket: UInt64, events: [EventRow], through cursor: Int64) {
        bench.apply(.loaded(ticket: ticket, .bulkPage(BulkPage(events: events, cursor: cursor))))
    }

    @Test func `each event is sent once more, in the batch that says so, as if it had never come before`() throws {
        sleepers(3)
        let id = try begin(.resend)
        sleepers(1)
        let first = try page()
        #expect(first.request.subject == .events)
        #expect((first.request.after, first.request.through) == (0, 3))
        _ = bench.newWrites()
        answer(first.ticket, events: [event(1), event(2, "app/other")], through: 2)
        let writes = bench.newWrites()
        let sent = writes.compactMap { if case .insertEvent(let row) = $0 { row } else { nil } }
        #expect(sent.map(\.name) == ["app/go", "app/other"])
        let copy = try #require(sent.first)
        #expect(copy.id != event(1).id)
        #expect(
            copy.payload.text
                == #"{"data":{},"id":"\#(copy.id)","name":"app/go","ts":\#(bench.time.milliseconds),"user":{},"v":"2"}"#
        )
        let resends = writes.compactMap { if case .insertResend(let row) = $0 { row } else { nil } }
        #expect(resends.map(\.originalID) == [event(1).id, event(2).id])
        #expect(resends.map(\.bulkID) == [id, id])
        #expect(progress(writes).map(\.progress.done).contains(2))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `only events are sent again that the condition holds for`() throws {
        sleepers(3)
        try begin(.resend, if: "event.data.n > 1")
        answer(
            try page().ticket, events: [event(1, "app/go", #"{"n":1}"#), event(2, "app/go", #"{"n":2}"#)], through: 3)
        let last = try #require(progress(bench.newWrites()).last)
        #expect((last.progress.found, last.progress.done) == (1, 1))
    }

    // MARK: - Limits

    @Test func `work with a limit ends when it has acted on so many, where it is`() throws {
        sleepers(5)
        try begin(.rerun, limit: 3)
        answer(try page().ticket, [failed(1), failed(2)], through: 2)
        answer(try page().ticket, [failed(3), failed(4)], through: 4)
        let writes = bench.newWrites()
        #expect(repeated(writes).count == 3)
        let last = try #require(progress(writes).last)
        #expect(last.state == .limitReached)
        #expect((last.progress.cursor, last.progress.found, last.progress.done) == (3, 3, 3))
        #expect(bench.partition.bulks.isEmpty)
    }

    @Test func `a limit that is reached with the last run is no reason to say that there is more`() throws {
        sleepers(2)
        try begin(.rerun, limit: 2)
        answer(try page().ticket, [failed(1), failed(2)], through: 2)
        #expect(progress(bench.newWrites()).last?.state == .completed)
    }

    @Test func `a run that has ended by itself does not count towards the limit`() throws {
        sleepers(3)
        try begin(.cancel, limit: 1)
        let first = try page()
        bench.apply(.cancel(RunKey(1), bench.token()))
        answer(first.ticket, candidates(1, 2), through: 3)
        let second = try page()
        #expect(second.request.after == 1)
        _ = bench.newWrites()
        answer(second.ticket, candidates(2, 3), through: 3)
        let writes = bench.newWrites()
        #expect(ended(writes) == [2])
        #expect(progress(writes).last?.state == .limitReached)
    }

    // MARK: - Rate, stopping, restarts

    @Test func `with a rate, a page is a tenth of a second's work, and the next one comes in its time`() throws {
        sleepers(40)
        try begin(.rerun, rate: 100)
        let first = try page()
        #expect(first.request.limit == 10)
        answer(first.ticket, (1...10).map { failed($0) }, through: 10)
        #expect(bench.newLoads().isEmpty)
        #expect(bench.partition.nextDue.engine == bench.time + Milliseconds(100))
        bench.advance(by: Milliseconds(99))
        #expect(bench.newLoads().isEmpty)
        bench.advance(by: Milliseconds(1))
        #expect(try page().request.after == 10)
    }

    @Test func `a rate of one a second is one run a second`() throws {
        sleepers(2)
        try begin(.rerun, rate: 1)
        answer(try page().ticket, [failed(1)], through: 1)
        bench.advance(by: Milliseconds(999))
        #expect(bench.newLoads().isEmpty)
        bench.advance(by: Milliseconds(1))
        #expect(bench.newLoads().count == 1)
    }

    @Test func `stopped work does nothing more, whatever is on its way`() throws {
        sleepers(2)
        let id = try begin(.cancel)
        let first = try page()
        let token = bench.token()
        bench.apply(.stopBulk(id, token))
        guard case .bulkStopped = bench.reply(token.value) else { throw Unexpected() }
        #expect(progress(bench.newWrites()).map(\.state) == [.stopped])
        answer(first.ticket, candidates(1, 2), through: 2)
        #expect(bench.newWrites().isEmpty)
        #expect(bench.partition.unfinishedRunCount == 2)
        let again = bench.token()
        bench.apply(.stopBulk(id, again))
        guard case .refused(.bulkNotActive) = bench.reply(again.value) else { throw Unexpected() }
    }

    @Test func `work that was stopped cancels no run that is still being read for it`() throws {
        sleepers(1)
        let (after, run) = try Bench.recover(from: bench)
        let token = after.token()
        after.apply(
            .beginBulk(
                BulkRequest(action: .cancel, filter: BulkFilter()),
                condition: nil, token))
        guard case .bulkBegun(let id) = after.reply(token.value) else { throw Unexpected() }
        answer(try page(on: after).ticket, candidates(1), through: 1, on: after)
        let load = try #require(after.newLoads().first)
        after.apply(.stopBulk(id, after.token()))
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        #expect(after.partition.unfinishedRunCount == 1)
    }

    @Test func `after a restart the work goes on from its cursor`() throws {
        sleepers(3)
        try begin(.cancel, if: "event.data.n >= 0")
        answer(
            try page().ticket, [BulkCandidate(key: RunKey(1), run: failed(1, #"{"n":0}"#).run)], through: 1)
        let (after, _) = try Bench.recover(from: bench)
        let next = try page(on: after)
        #expect(next.request.after == 1)
        #expect(next.request.through == 3)
        #expect(next.request.subject == .runs)
        answer(next.ticket, [], through: 3, on: after)
        #expect(progress(after.newWrites()).last?.state == .completed)
        let (last, _) = try Bench.recover(from: after)
        #expect(last.newLoads().isEmpty)
    }

    @Test func `nothing is begun while the server is being stopped`() throws {
        sleepers(1)
        bench.apply(.drain)
        try begin(.cancel)
        #expect(bench.newLoads().isEmpty)
        #expect(bench.partition.nextBulkDue == nil)
    }

    @Test func `work on nothing is completed at once`() throws {
        try begin(.cancel)
        #expect(bench.newLoads().isEmpty)
        #expect(progress(bench.newWrites()).map(\.state) == [.completed])
    }

    @Test func `so many works go on at a time and no more`() throws {
        sleepers(1)
        for _ in 0..<16 { try begin(.cancel) }
        let token = bench.token()
        let request = BulkRequest(
            action: .cancel, filter: BulkFilter())
        bench.apply(.beginBulk(request, condition: nil, token))
        guard case .refused(.tooManyBulks(16)) = bench.reply(token.value) else { throw Unexpected() }
    }
}
