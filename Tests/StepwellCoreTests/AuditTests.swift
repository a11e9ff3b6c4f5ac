import StepwellModel
import Testing

@testable import StepwellCore

/// The audit log: a row in the batch that does what it tells of, and none for what was refused.
@Suite struct AuditTests {
    private let bench: Bench

    init() throws {
        bench = Bench()
        try bench.register(Bench.function("job", on: "app/go"))
    }

    private func note(_ verb: String, _ target: String = "x") -> AuditNote {
        AuditNote(actor: "operator_token", address: "10.0.0.7", verb: verb, target: target, detail: RawJSON("{}"))
    }

    private func ask(_ note: AuditNote, on bench: Bench? = nil, _ input: (ReplyToken) -> Input) -> ReplyToken {
        let bench = bench ?? self.bench
        let token = bench.token()
        bench.apply(.audited(note, token, input(token)))
        return token
    }

    private func rows(_ writes: [Write]) -> [AuditRow] {
        writes.compactMap { if case .insertAudit(let row) = $0 { row } else { nil } }
    }

    private func sleeper() {
        bench.send("app/go")
        for order in bench.newOrders() { bench.answer(order, .sleep("nap", .hours(1))) }
        _ = bench.newWrites()
    }

    @Test func `what is done is recorded in its batch, with who, where, what and when`() {
        sleeper()
        bench.holdsCommits = true
        _ = ask(note("run.cancel")) { .cancel(RunKey(1), $0) }
        let writes = bench.held.last?.writes ?? []
        let row = rows(writes).first
        #expect(row?.note == note("run.cancel"))
        #expect(row?.recordedAt == bench.time)
        #expect(row?.results == [])
        #expect(writes.contains { if case .finishRun = $0 { true } else { false } })
    }

    @Test func `what is refused is not recorded`() {
        let token = ask(note("run.cancel")) { .cancel(RunKey(9), $0) }
        guard case .refused(.runNotActive) = bench.reply(token.value) else {
            Issue.record("it was not refused")
            return
        }
        #expect(rows(bench.newWrites()).isEmpty)
        #expect(bench.partition.audits.isEmpty)
    }

    @Test func `what waits for a run to be read is recorded when it is done, and not when it is not`() throws {
        sleeper()
        let (after, run) = try Bench.recover(from: bench)
        _ = after.newWrites()
        _ = ask(note("run.cancel", "first"), on: after) { .cancel(RunKey(1), $0) }
        _ = ask(note("run.cancel", "second"), on: after) { .cancel(RunKey(1), $0) }
        #expect(rows(after.newWrites()).isEmpty)
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        // The second finds that the run has ended.
        #expect(rows(after.newWrites()).map(\.note.target) == ["first"])
        #expect(after.partition.audits.isEmpty)
    }

    @Test func `what comes of it is named`() throws {
        let token = ask(note("bulk.cancel")) {
            .beginBulk(BulkRequest(action: .cancel, filter: BulkFilter()), condition: nil, $0)
        }
        guard case .bulkBegun(let id) = bench.reply(token.value) else {
            Issue.record("it did not begin")
            return
        }
        let found = rows(bench.newWrites())
        #expect(found.first?.results == [id])
        // Its end has a row of its own, with the counts.
        let end = try #require(found.last)
        #expect((end.note.actor, end.note.verb, end.note.target) == ("server", "bulk.completed", id.description))
        #expect(end.note.detail?.text == #"{"found":0,"done":0,"refused":0}"#)
    }

    @Test func `rows of one moment keep their order`() {
        for number in 0..<50 {
            _ = ask(note("function.pause", "\(number)")) { .changeState([FunctionKey(1)], .paused, $0) }
        }
        let found = rows(bench.newWrites())
        #expect(found.map(\.note.target) == (0..<50).map(String.init))
        #expect(found.map(\.id) == found.map(\.id).sorted())
        #expect(Set(found.map(\.id)).count == 50)
    }

    @Test func `a cancellation that is taken back is stopped and hidden`() throws {
        sleeper()
        let begun = ask(note("cancellation.create")) {
            .beginBulk(BulkRequest(action: .cancel, filter: BulkFilter(), origin: .cancellation), condition: nil, $0)
        }
        guard case .bulkBegun(let id) = bench.reply(begun.value) else {
            Issue.record("it did not begin")
            return
        }
        _ = bench.newWrites()
        _ = ask(note("cancellation.delete")) { .withdrawBulk(id, $0) }
        let writes = bench.newWrites()
        #expect(writes.contains(.withdrawBulk(id)))
        #expect(rows(writes).map(\.note.verb) == ["bulk.stopped", "cancellation.delete"])
        #expect(bench.partition.bulks.isEmpty)
        #expect(bench.partition.unfinishedRunCount == 1)
    }
}
