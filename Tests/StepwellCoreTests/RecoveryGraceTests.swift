import StepwellModel
import Testing

@testable import StepwellCore

/// The time after a start in which calls of the process before may still run.
@Suite struct RecoveryGraceTests {
    private let before = Bench()
    private var settings = Settings()

    init() throws {
        settings.recoveryGrace = .seconds(30)
        try before.register(Bench.function("job", on: "app/go"))
        before.send("app/go")
    }

    private func recovered() throws -> (bench: Bench, run: LoadedRun) {
        try Bench.recover(from: before, settings: settings)
    }

    @Test func `no call is made after a start until the grace is over`() throws {
        let (after, run) = try recovered()
        after.send("app/go")
        after.advance(by: .seconds(30) - Milliseconds(1))
        #expect(after.newOrders().isEmpty && after.newLoads().isEmpty)
        #expect(after.partition.nextDue.engine == after.time + Milliseconds(1))
        after.advance(by: Milliseconds(1))
        after.apply(.loaded(ticket: try #require(after.newLoads().first).ticket, .run(run)))
        #expect(after.newOrders().count == 2)
    }

    @Test func `a run that stands still for it says so`() throws {
        let (after, _) = try recovered()
        let until = after.time + .seconds(30)
        let token = after.token()
        after.apply(.explain(RunKey(1), token))
        guard case .explained(let explanation)? = after.reply(token.value) else {
            Issue.record("nothing was explained")
            return
        }
        #expect(explanation.actions.map(\.causes) == [[.recovering(until: until)]])
    }

    @Test func `the first start of all waits for nothing`() throws {
        let bench = Bench(settings: settings)
        bench.partition.finishRecovery(Partition.Recovery())
        try bench.register(Bench.function("job", on: "app/go"))
        bench.send("app/go")
        #expect(bench.newOrders().count == 1)
    }
}
