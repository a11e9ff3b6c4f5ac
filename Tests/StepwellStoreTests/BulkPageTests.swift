import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// The runs that work on many of them is about.
struct BulkPageTests {
    /// Twelve runs of three functions, queued a second after each other: of every four one each is queued, running, failed
    /// and completed.
    private func fill(_ session: Session) throws {
        for key in Int64(1)...12 {
            let payload = Samples.json("{\"data\":{\"key\":\(key)}}")
            try session.commit(
                .insertEvent(Samples.event(key, payload: payload)),
                .insertRun(Samples.run(key, function: key % 3 + 1, queuedAt: 1_000 * key)))
            let run = RunKey(key)
            switch key % 4 {
            case 0: try session.commit(.putJob(Samples.job(key, run: key)))
            case 1:
                try session.commit(
                    .updateRun(run, status: .running, startedAt: nil, requestVersion: 2, forcesStepPlan: false),
                    .putJob(Samples.job(key, run: key)), .putJob(Samples.job(100 + key, run: key)))
            default:
                try session.commit(
                    .finishRun(
                        run, status: key % 4 == 2 ? .failed : .completed, endedAt: Samples.time(1),
                        output: Samples.json("1")))
            }
        }
    }

    private func keys(
        _ session: Session, _ filter: BulkFilter, after: Int64 = 0, through: Int64 = 100, limit: Int = 100
    ) throws -> (keys: [Int64], cursor: Int64) {
        let request = BulkPageRequest(
            .runKeys, filter: filter, after: after, through: through, limit: limit)
        guard case .bulkPage(let page) = try session.store.load(.bulkPage(request), partition: 0) else {
            return ([], -1)
        }
        // A reader sees what the engine does.
        #expect(try session.reader().bulkPage(request) == page)
        return (page.runs.map(\.key.value), page.cursor)
    }

    @Test(arguments: StoreUnderTest.all)
    func `runs are found by status, function and time, by key upwards`(store: StoreUnderTest) throws {
        try store.use { session in
            try fill(session)
            #expect(try keys(session, BulkFilter()).keys == Array(1...12))
            #expect(try keys(session, BulkFilter(statuses: [.queued, .running])).keys == [1, 4, 5, 8, 9, 12])
            #expect(try keys(session, BulkFilter(statuses: [.queued])).keys == [4, 8, 12])
            #expect(try keys(session, BulkFilter(statuses: [.failed])).keys == [2, 6, 10])
            #expect(try keys(session, BulkFilter(statuses: [.completed])).keys == [3, 7, 11])
            #expect(try keys(session, BulkFilter(statuses: [.failed, .running])).keys == [1, 2, 5, 6, 9, 10])
            try session.commit(.finishRun(RunKey(7), status: .cancelled, endedAt: Samples.time(2), output: nil))
            let unsuccessful = BulkFilter(statuses: [.failed, .cancelled, .skipped])
            #expect(try keys(session, unsuccessful).keys == [2, 6, 7, 10])
            #expect(try keys(session, unsuccessful, limit: 3).keys == [2, 6, 7])
            #expect(try keys(session, BulkFilter(functions: [FunctionKey(1)])).keys == [3, 6, 9, 12])
            #expect(
                try keys(session, BulkFilter(functions: [FunctionKey(1), FunctionKey(2)], statuses: [.failed])).keys
                    == [
                        6, 10,
                    ])
            let time = BulkFilter(queuedFrom: Samples.time(3_000), queuedUntil: Samples.time(5_000))
            #expect(try keys(session, time).keys == [3, 4])
            #expect(try keys(session, BulkFilter(functions: [])).keys == [])
        }
    }

    @Test(arguments: StoreUnderTest.all, [nil, [.failed], [.queued, .running]] as [Set<RunStatus>?])
    func `pages follow each other without a gap, to the end of the range`(
        store: StoreUnderTest, statuses: Set<RunStatus>?
    ) throws {
        try store.use { session in
            try fill(session)
            let filter = BulkFilter(statuses: statuses)
            let whole = try keys(session, filter, after: 1, through: 9)
            #expect(whole.cursor == 9)
            var found: [Int64] = []
            var cursor: Int64 = 1
            while cursor < 9 {
                let page = try keys(session, filter, after: cursor, through: 9, limit: 2)
                #expect(page.keys.count <= 2)
                #expect(page.cursor > cursor)
                found += page.keys
                cursor = page.cursor
            }
            #expect(found == whole.keys)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `runs come with their events, and a page ends when these are large`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                .insertEvent(Samples.event(1)), .insertEvent(Samples.event(2, payload: Samples.bulk(300_000))),
                .insertEvent(Samples.event(3)), .insertRun(Samples.run(1)), .insertRun(Samples.run(2)),
                .insertRun(Samples.run(3)),
                .insertRunEvent(RunEventRow(runKey: RunKey(1), position: 1, eventKey: EventKey(3))),
                .finishRun(RunKey(1), status: .failed, endedAt: Samples.time(1), output: Samples.json("1")))
            let request = BulkPageRequest(
                .runs, filter: BulkFilter(), after: 0, through: 9, limit: 100)
            guard case .bulkPage(let page) = try session.store.load(.bulkPage(request), partition: 0) else {
                Issue.record("no page")
                return
            }
            #expect(page.runs.map(\.key.value) == [1, 2])
            #expect(page.cursor == 2)
            let first = try #require(page.runs.first?.run)
            var expected = Samples.run(1)
            expected.status = .failed
            expected.endedAt = Samples.time(1)
            #expect(first.run == expected)
            #expect(first.event == Samples.event(1))
            #expect(first.otherEvents == [Samples.event(3)])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `runs come with their steps where these are asked for, and with those that have no result`(
        store: StoreUnderTest
    ) throws {
        try store.use { session in
            let kinds: [(id: String, kind: JobKind)] = [
                ("hash-nap", .sleep), ("hash-wait", .waitForEvent), ("hash-signal", .waitForSignal),
                ("hash-again", .step), ("", .discover),
            ]
            try session.commit(
                kinds.enumerated().map { place, step in
                    var job = Samples.job(Int64(place + 1), run: 2, kind: step.kind)
                    (job.detail.stepID, job.detail.stepName) = (step.id, "a name")
                    return .putJob(job)
                })
            try session.commit(
                .insertAttempt(Samples.attempt(9, run: 2, step: "hash-again")),
                .insertEvent(Samples.event(1)), .insertRun(Samples.run(1, event: 1)),
                .insertRun(Samples.run(2, event: 1)), .insertStep(Samples.step(1, 0)),
                .insertStep(Samples.step(1, 1)), .insertStep(Samples.step(2, 0)),
                .insertAttempt(Samples.attempt(1, run: 1, step: Samples.step(1, 1).id)),
                .insertAttempt(Samples.attempt(2, run: 1, step: "hash-tried")),
                .insertAttempt(Samples.attempt(3, run: 1, step: "hash-tried")),
                .insertAttempt(Samples.attempt(4, run: 1, step: nil)))
            let request = BulkPageRequest(.runsWithSteps, filter: BulkFilter(), after: 0, through: 9, limit: 100)
            guard case .bulkPage(let page) = try session.store.load(.bulkPage(request), partition: 0) else {
                Issue.record("no page")
                return
            }
            #expect(
                page.runs.map { $0.run?.steps } == [[Samples.step(1, 0), Samples.step(1, 1)], [Samples.step(2, 0)]])
            #expect(page.runs.map { $0.openSteps.map(\.id) }.first == ["hash-tried"])
            #expect(page.runs.map { $0.openSteps.map(\.kind) }.first == [nil])
            #expect(
                page.runs.last?.openSteps == [
                    NamedStep(id: "hash-again", name: "a name", kind: .run),
                    NamedStep(id: "hash-nap", name: "a name", kind: .sleep),
                    NamedStep(id: "hash-signal", name: "a name", kind: .waitForSignal),
                    NamedStep(id: "hash-wait", name: "a name", kind: .waitForEvent),
                ])
            #expect(try session.reader().bulkPage(request) == page)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `events are found by name and time, and the server's own never`(store: StoreUnderTest) throws {
        try store.use { session in
            let names = ["a/b", "a/c", "inngest/function.finished", "a/b", "a/d", "a/b"]
            for (place, name) in names.enumerated() {
                try session.commit(.insertEvent(Samples.event(Int64(place + 1), name: name)))
            }
            func keys(_ filter: BulkFilter, limit: Int = 100) throws -> (keys: [Int64], cursor: Int64) {
                let request = BulkPageRequest(.events, filter: filter, after: 0, through: 5, limit: limit)
                guard case .bulkPage(let page) = try session.store.load(.bulkPage(request), partition: 0) else {
                    return ([], -1)
                }
                #expect(try session.reader().bulkPage(request) == page)
                return (page.events.map(\.key.value), page.cursor)
            }
            #expect(try keys(BulkFilter()).keys == [1, 2, 4, 5])
            #expect(try keys(BulkFilter(eventNames: ["a/b"])).keys == [1, 4])
            #expect(try keys(BulkFilter(eventNames: ["a/b"])).cursor == 5)
            #expect(try keys(BulkFilter(eventNames: ["a/b"]), limit: 1).cursor == 1)
            #expect(try keys(BulkFilter(eventNames: ["a/b", "a/d"])).keys == [1, 4, 5])
            #expect(try keys(BulkFilter(eventNames: ["inngest/function.finished"])).keys == [])
            let time = BulkFilter(
                queuedFrom: Samples.event(2).receivedAt, queuedUntil: Samples.event(5).receivedAt)
            #expect(try keys(time).keys == [2, 4])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `an event that was sent again says which one it repeats, and so does its run`(store: StoreUnderTest) throws {
        try store.use { session in
            let row = ResendRow(eventKey: EventKey(2), originalID: Samples.eventID(1), bulkID: Samples.eventID(9))
            let alone = ResendRow(eventKey: EventKey(3), originalID: Samples.eventID(1))
            try session.commit(
                .insertEvent(Samples.event(1)), .insertEvent(Samples.event(2)), .insertResend(row),
                .insertEvent(Samples.event(3)), .insertResend(alone), .insertRun(Samples.run(1, event: 1)),
                .insertRun(Samples.run(2, event: 2)))
            let reader = try session.reader()
            #expect(try reader.resend(of: Samples.eventID(1)) == nil)
            #expect(try reader.resend(of: Samples.eventID(2)) == row)
            #expect(try reader.resend(of: Samples.eventID(3)) == alone)
            #expect(try reader.runs(RunQuery()).rows.map(\.resend) == [row, nil])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a page looks at so many runs and no more`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                [.insertEvent(Samples.event(1))]
                    + (1...1_500).map { .insertRun(Samples.run($0, event: 1, queuedAt: $0)) })
            let filter = BulkFilter(functions: [FunctionKey(9)])
            let first = try keys(session, filter, through: 2_000)
            #expect(first.keys.isEmpty)
            #expect(first.cursor == 1_000)
            #expect(try keys(session, filter, after: 1_000, through: 2_000).cursor == 2_000)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `work is read back while it is not finished, and listed for ever`(store: StoreUnderTest) throws {
        try store.use { session in
            let rows = (Int64(1)...3).map { Samples.bulkWork($0) }
            try session.commit(rows.reversed().map { .insertBulk($0) })
            var moved = rows[1]
            moved.progress.cursor = 7
            moved.progress.found = 5
            moved.progress.done = 4
            moved.progress.refused = 1
            var ended = rows[2]
            ended.state = .completed
            ended.endedAt = Samples.time(77)
            try session.commit(
                .updateBulk(moved.id, state: .running, endedAt: nil, moved.progress),
                .updateBulk(ended.id, state: .completed, endedAt: ended.endedAt, ended.progress))
            try session.reopen()
            #expect(try session.recovered() == [.bulk(rows[0]), .bulk(moved)])
            let reader = try session.reader()
            #expect(try reader.bulks(limit: 10, origin: nil) == [ended, moved, rows[0]])
            #expect(try reader.bulks(limit: 1, origin: nil) == [ended])
            #expect(try reader.bulk(moved.id) == moved)
            #expect(try reader.bulk(Samples.eventID(9)) == nil)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `the keys of a time leave no run of it out`(store: StoreUnderTest) throws {
        try store.use { session in
            for key in Int64(1)...50 {
                try session.commit(
                    .insertEvent(Samples.event(key)), .insertRun(Samples.run(key, queuedAt: 60_000 * key)))
            }
            let reader = try session.reader()
            let keys = try #require(
                try reader.runKeys(queuedFrom: Samples.time(60_000 * 20), queuedUntil: Samples.time(60_000 * 30)))
            #expect(keys.after < 20)
            #expect(keys.through >= 29)
            let all = try #require(try reader.runKeys(queuedFrom: nil, queuedUntil: nil))
            #expect(all.after == 0)
            #expect(all.through >= 50)
        }
    }
}
