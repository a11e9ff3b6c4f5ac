import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// What belongs to one run, what belongs to all, and when a reader sees it.
struct ReaderTests {
    @Test(arguments: StoreUnderTest.all)
    func `a run's steps, attempts and next actions come back whole`(store: StoreUnderTest) throws {
        try store.use { session in
            let steps = (0..<5).map { Samples.step(1, $0, options: $0 == 1 ? Samples.bulk(70_000) : nil) }
            let attempts = [
                Samples.attempt(1, run: 1), Samples.attempt(3, run: 1, step: nil, error: Samples.bulk(70_000)),
            ]
            let jobs = [Samples.job(4, run: 1, kind: .waitForEvent), Samples.job(5, run: 1, kind: .step)]
            try session.commit(
                steps.map { .insertStep($0) } + attempts.map { .insertAttempt($0) } + jobs.map { .putJob($0) } + [
                    .insertWait(Samples.wait(4)), .insertAttempt(Samples.attempt(2, run: 2)),
                    .putJob(Samples.job(6, run: 2)), .insertStep(Samples.step(2, 0)),
                ])
            let reader = try session.reader()
            #expect(try reader.steps(of: RunKey(1)) == steps)
            #expect(try reader.attempts(of: RunKey(1)) == attempts)
            #expect(
                try reader.pendingActions(of: RunKey(1))
                    == [PendingAction(job: jobs[0], wait: Samples.wait(4)), PendingAction(job: jobs[1], wait: nil)])
            #expect(try reader.steps(of: RunKey(3)) == [])
            #expect(try reader.attempts(of: RunKey(3)) == [])
            #expect(try reader.pendingActions(of: RunKey(3)) == [])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `apps and functions are listed by key, the removed ones too`(store: StoreUnderTest) throws {
        try store.use { session in
            let apps = [Samples.app(1, removedAt: Samples.time(3)), Samples.app(2, error: "refused")]
            let functions = [Samples.function(1), Samples.function(2, app: 2, archivedAt: Samples.time(4))]
            try session.commit(apps.reversed().map { .putApp($0) } + functions.reversed().map { .putFunction($0) })
            let reader = try session.reader()
            #expect(try reader.apps() == apps)
            #expect(try reader.functions() == functions)
            #expect(try reader.functionStates() == [])
            let paused = Samples.functionState(2, .paused, since: 5)
            try session.commit(.putFunctionState(paused))
            #expect(try reader.functionStates() == [paused])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a reader sees each batch as soon as it is committed`(store: StoreUnderTest) throws {
        try store.use { session in
            let reader = try session.reader()
            for key in Int64(1)...5 {
                try session.commit(.insertEvent(Samples.event(key)))
                #expect(try reader.event(Samples.eventID(key)) != nil)
                #expect(try reader.facts().batchSequence == key)
            }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `the facts count events, runs and jobs and name the last batch`(store: StoreUnderTest) throws {
        try store.use { session in
            let reader = try session.reader()
            let empty = try reader.facts()
            #expect([empty.events, empty.runs, empty.jobs] == [0, 0, 0])
            #expect(empty.batchSequence == 0)
            try session.commit(
                [.insertRun(Samples.run(1)), .putJob(Samples.job(1, run: 1)), .putJob(Samples.job(2, run: 1))]
                    + (1...3).map { .insertEvent(Samples.event($0)) })
            let facts = try reader.facts()
            #expect([facts.events, facts.runs, facts.jobs] == [3, 1, 2])
            #expect(facts.epoch == 1)
            #expect(facts.batchSequence == 1)
            #expect(facts.engineTime == Samples.time(1_000))
        }
    }
}
