import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// What the engine reads when it starts.
struct RecoverTests {
    @Test(arguments: StoreUnderTest.all)
    func `everything kept in memory comes back whole, by table and key`(store: StoreUnderTest) throws {
        try store.use { session in
            let jobs = JobKind.allCases.map { Samples.job(30 + Int64($0.rawValue), run: 1, kind: $0) }
            try session.commit(
                [.insertEvent(Samples.event(1)), .insertRun(Samples.run(1))]
                    + jobs.reversed().map { .putJob($0) } + [
                        .insertWait(Samples.wait(35)), .insertWait(Samples.wait(34)),
                        .insertEvent(Samples.event(3)), .insertEvent(Samples.event(2, name: "a")),
                        .insertDelivery(EventKey(3), name: "order.placed"),
                        .insertDelivery(EventKey(1), name: "order.placed"), .insertDelivery(EventKey(2), name: "a"),
                        .deleteDelivery(EventKey(1)),
                        .insertHold(Samples.hold(40)), .insertHold(Samples.hold(39, key: nil, deadline: nil)),
                        .insertHold(Samples.hold(38)), .deleteHold(JobKey(38)),
                        .updateHold(JobKey(40), Samples.hold(40, events: 7).progress),
                        .putThrottle(Samples.throttle(2, hash: 1, arrival: -1)),
                        .putThrottle(Samples.throttle(1, hash: 1 << 63, arrival: .max)),
                        .putThrottle(Samples.throttle(1, hash: 3, arrival: 5)),
                        .putRateLimit(Samples.rateLimit(4, hash: 2, arrival: 1)),
                        .putRateLimit(Samples.rateLimit(3, hash: .max, arrival: 7)),
                        .putRateLimit(Samples.rateLimit(3, hash: 1, arrival: 8)),
                        .deleteRateLimit(functionKey: FunctionKey(4), keyHash: 2),
                        .putRateLimit(Samples.rateLimit(3, hash: 1, arrival: 9)),
                        .putCron(Samples.cron(2, "0 9 * * *", at: 1)), .putCron(Samples.cron(1, "z", at: 2)),
                        .putCron(Samples.cron(2, "* * * * *", at: 3)), .putCron(Samples.cron(2, "0 9 * * *", at: 4)),
                        .putFunctionState(Samples.functionState(2, .drained, since: 1)),
                        .putFunctionState(Samples.functionState(1, .paused, since: 2)),
                        .putFunctionState(Samples.functionState(2, .active, since: 3)),
                        .putKeyRenewal(Samples.keyRenewal(cursor: 1)), .deleteKeyRenewal,
                        .putKeyRenewal(Samples.keyRenewal(cursor: 2)), .putKeyRenewal(Samples.keyRenewal(cursor: 3)),
                        .putFunction(Samples.function(2)), .putFunction(Samples.function(1)),
                        .putApp(Samples.app(2)), .putApp(Samples.app(1)),
                    ])
            let expected =
                [Samples.app(1), Samples.app(2)].map(Recovered.app)
                + [Samples.function(1), Samples.function(2)].map(Recovered.function) + [
                    .throttle(Samples.throttle(1, hash: 1 << 63, arrival: .max)),
                    .throttle(Samples.throttle(1, hash: 3, arrival: 5)),
                    .throttle(Samples.throttle(2, hash: 1, arrival: -1)),
                    .rateLimit(Samples.rateLimit(3, hash: .max, arrival: 7)),
                    .rateLimit(Samples.rateLimit(3, hash: 1, arrival: 9)),
                    .cron(Samples.cron(1, "z", at: 2)), .cron(Samples.cron(2, "* * * * *", at: 3)),
                    .cron(Samples.cron(2, "0 9 * * *", at: 4)),
                    .functionState(Samples.functionState(1, .paused, since: 2)),
                    .functionState(Samples.functionState(2, .active, since: 3)),
                    .keyRenewal(Samples.keyRenewal(cursor: 3)),
                ] + jobs.map { .job($0.core) } + [.wait(Samples.wait(34)), .wait(Samples.wait(35))] + [
                    .hold(Samples.hold(39, key: nil, deadline: nil)), .hold(Samples.hold(40, events: 7)),
                    .deliveries(name: "a", last: EventKey(2)), .deliveries(name: "order.placed", last: EventKey(3)),
                ]
            #expect(try session.recovered() == expected)
            try session.reopen()
            #expect(try session.recovered() == expected)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `new keys of a run are those of its jobs`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                .insertEvent(Samples.event(1)), .insertRun(Samples.run(1)), .insertRun(Samples.run(2, event: 1)),
                .putJob(Samples.job(1, run: 1)), .putJob(Samples.job(2, run: 1, kind: .finishTimeout)),
                .putJob(Samples.job(3, run: 2)))
            let keys = LimitKeys(concurrency: [nil, "b"], throttle: "t", run: nil, singleton: "s", priority: 9)
            try session.commit(.replaceLimitKeys(RunKey(1), keys))
            let own = [Samples.job(1, run: 1), Samples.job(2, run: 1, kind: .finishTimeout)].map { job in
                var core = job.core
                core.limits = LimitHashes(keys)
                return Recovered.job(core)
            }
            #expect(try session.recovered() == own + [.job(Samples.job(3, run: 2).core)])
            #expect(try session.reader().run(Samples.runID(1))?.run.limitKeys == keys)
            #expect(try session.reader().run(Samples.runID(2))?.run.limitKeys == Samples.run(2).limitKeys)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `the newest version of what is put again counts`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                .putApp(Samples.app(1)), .putFunction(Samples.function(1)), .putJob(Samples.job(1, run: 1)),
                .putThrottle(Samples.throttle(1, hash: 1, arrival: 1)))
            let app = Samples.app(1, error: "unreachable", removedAt: Samples.time(5))
            let function = Samples.function(1, version: 2, archivedAt: Samples.time(6))
            let job = Samples.job(1, run: 1, kind: .sleep, attempt: 0, due: 99)
            let throttle = Samples.throttle(1, hash: 1, arrival: 2)
            try session.commit(.putApp(app), .putFunction(function), .putJob(job), .putThrottle(throttle))
            #expect(try session.recovered() == [.app(app), .function(function), .throttle(throttle), .job(job.core)])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a deleted job takes its wait along`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                .putJob(Samples.job(1, run: 1, kind: .waitForEvent)), .insertWait(Samples.wait(1)),
                .putJob(Samples.job(2, run: 1, kind: .waitForEvent)), .insertWait(Samples.wait(2)))
            try session.commit(.deleteJob(JobKey(1)))
            #expect(
                try session.recovered()
                    == [.job(Samples.job(2, run: 1, kind: .waitForEvent).core), .wait(Samples.wait(2))])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a wait without equality and residual comes back so`(store: StoreUnderTest) throws {
        try store.use { session in
            let wait = WaitRow(jobKey: JobKey(1), eventName: "any", path: nil, digest: nil, residual: nil)
            let job = Samples.job(1, run: 1, kind: .waitForEvent)
            try session.commit(.putJob(job), .insertWait(wait))
            #expect(try session.recovered() == [.job(job.core), .wait(wait)])
        }
    }
}
