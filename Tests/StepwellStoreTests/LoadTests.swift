import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// What the engine asks for in the middle of its work.
struct LoadTests {
    @Test(arguments: StoreUnderTest.all)
    func `a run comes with its event, its steps in order and the details of its jobs`(store: StoreUnderTest) throws {
        try store.use { session in
            let steps = (0..<20).map { Samples.step(2, $0, options: $0 == 3 ? Samples.json("{\"url\":1}") : nil) }
            let jobs = JobKind.allCases.map { Samples.job(10 + Int64($0.rawValue), run: 2, kind: $0) }
            try session.commit(
                [.insertEvent(Samples.event(1)), .insertRun(Samples.run(2, event: 1))]
                    + steps.map { .insertStep($0) } + jobs.map { .putJob($0) })
            try session.commit(
                .insertEvent(Samples.event(3)), .insertRun(Samples.run(3)), .insertStep(Samples.step(3, 0)),
                .putJob(Samples.job(99, run: 3)))
            let expected = LoadedRun(
                run: Samples.run(2, event: 1), event: Samples.event(1), steps: steps,
                jobs: Dictionary(uniqueKeysWithValues: jobs.map { ($0.core.key, $0.detail) }))
            #expect(try session.loadRun(2) == expected)
            try session.reopen()
            #expect(try session.loadRun(2) == expected)
        }
    }

    @Test(arguments: StoreUnderTest.all, [10, 70_000])
    func `a run that repeats another one says so, with its input`(store: StoreUnderTest, size: Int) throws {
        try store.use { session in
            let rerun = Samples.rerun(2, of: 1, step: "hash-1", input: Samples.bulk(size))
            try session.commit(
                .insertEvent(Samples.event(1)), .insertRun(Samples.run(1)), .insertRun(Samples.run(2, event: 1)),
                .insertRerun(rerun), .insertRun(Samples.run(3, event: 1)),
                .insertRerun(Samples.rerun(3, of: 2, bulk: 5)))
            try session.reopen()
            #expect(try session.loadRun(1)?.rerun == nil)
            #expect(try session.loadRun(2)?.rerun == rerun)
            let reader = try session.reader()
            #expect(try reader.run(RunKey(2))?.rerun == rerun)
            #expect(try reader.run(Samples.runID(3))?.rerun == Samples.rerun(3, of: 2, bulk: 5))
            let listed = try reader.runs(RunQuery()).rows.map { $0.rerun?.originalID }
            #expect(listed == [Samples.runID(2), Samples.runID(1), nil])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a batch comes with all its events in order, and is found by each of them`(store: StoreUnderTest) throws {
        try store.use { session in
            let events = (1...4).map { Samples.event(Int64($0)) }
            try session.commit(
                events.map { .insertEvent($0) } + [
                    .insertRun(Samples.run(2, event: 1)),
                    .insertRunEvent(RunEventRow(runKey: RunKey(2), position: 1, eventKey: EventKey(3))),
                    .insertRunEvent(RunEventRow(runKey: RunKey(2), position: 2, eventKey: EventKey(2))),
                ])
            #expect(try session.loadRun(2)?.otherEvents == [events[2], events[1]])
            #expect(try session.reader().events(of: RunKey(2)) == [events[0], events[2], events[1]])
            #expect(try session.reader().eventIDs(of: RunKey(2)) == [1, 3, 2].map(Samples.eventID))
            for (event, isThere) in [(1, true), (2, true), (3, true), (4, false)] as [(Int64, Bool)] {
                let found = try session.reader().runs(RunQuery(event: Samples.eventID(event)))
                #expect(found.rows.map(\.run.id) == (isThere ? [Samples.runID(2)] : []))
            }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a run that is held back takes the event that replaces its own`(store: StoreUnderTest) throws {
        try store.use { session in
            var run = Samples.run(2, event: 1)
            try session.commit(
                .insertEvent(Samples.event(1)), .insertEvent(Samples.event(2)), .insertRun(run),
                .replaceRunEvent(
                    RunKey(2), EventKey(2), limitKeys: LimitKeys(concurrency: ["x", nil], singleton: "s", priority: 3),
                    correlationID: "parent.step"))
            run.eventKey = EventKey(2)
            run.limitKeys = LimitKeys(concurrency: ["x", nil], singleton: "s", priority: 3)
            run.correlationID = "parent.step"
            #expect(try session.loadRun(2)?.run == run)
            #expect(try session.loadRun(2)?.event == Samples.event(2))
            #expect(try session.reader().runs(RunQuery(event: Samples.eventID(1))).rows.isEmpty)
            #expect(try session.reader().runs(RunQuery(event: Samples.eventID(2))).rows.count == 1)
            // The event before is told to have been replaced.
            try session.commit(
                .putFunction(Samples.function(1)), .putFunction(Samples.function(2)),
                .insertDroppedStart(
                    DroppedStartRow(eventKey: EventKey(1), functionKey: FunctionKey(2), reason: .rateLimit)))
            let (slug, other) = (Samples.function(1).slug, Samples.function(2).slug)
            #expect(
                try session.reader().droppedStarts(of: EventKey(1)) == [
                    DroppedStart(functionSlug: slug, reason: .replaced, runID: run.id),
                    DroppedStart(functionSlug: other, reason: .rateLimit, runID: nil),
                ])
            #expect(try session.reader().droppedStarts(of: EventKey(2)).isEmpty)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a job that was replaced or deleted is no longer loaded`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                .insertEvent(Samples.event(1)), .insertRun(Samples.run(1)), .putJob(Samples.job(1, run: 1)),
                .putJob(Samples.job(2, run: 1)), .putJob(Samples.job(2, run: 1, kind: .step)), .deleteJob(JobKey(1)))
            #expect(try session.loadRun(1)?.jobs == [JobKey(2): Samples.job(2, run: 1, kind: .step).detail])
        }
    }

    @Test(arguments: StoreUnderTest.all, [1_000, 65_536, 65_538, 3_000_000])
    func `payloads of every size come back byte by byte`(store: StoreUnderTest, size: Int) throws {
        try store.use { session in
            let bulk = Samples.bulk(size)
            try session.commit(
                .insertEvent(Samples.event(1, payload: bulk)), .insertRun(Samples.run(1)),
                .insertStep(Samples.step(1, 0, memo: bulk, options: bulk)),
                .finishRun(RunKey(1), status: .completed, endedAt: Samples.time(1), output: bulk))
            try session.reopen()
            let loaded = try session.loadRun(1)
            #expect(loaded?.event.payload == bulk)
            #expect(loaded?.steps.first?.memo == bulk)
            #expect(loaded?.steps.first?.options == bulk)
            #expect(loaded?.run.output == bulk)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a run that does not exist is refused`(store: StoreUnderTest) throws {
        try store.use { session in
            let error = #expect(throws: StoreError.self) { try session.loadRun(1) }
            #expect(error?.code == .refused)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `an event id is known for the functions that it started since the given time`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                .insertIdempotency(Samples.idempotency(1, function: 2, run: 1, createdAt: 100)),
                .insertIdempotency(Samples.idempotency(1, function: 1, run: 2, createdAt: 101)),
                .insertIdempotency(Samples.idempotency(2, function: 3, run: 3, createdAt: 102)))
            let digest = Samples.idempotency(1, function: 0, run: 0, createdAt: 0).digest
            func functions(since time: Int64) throws -> LoadResult {
                try session.store.load(.idempotency(digest, since: Samples.time(time)), partition: 0)
            }
            #expect(try functions(since: 99) == .idempotency([FunctionKey(1), FunctionKey(2)]))
            #expect(try functions(since: 100) == .idempotency([FunctionKey(1)]))
            #expect(try functions(since: 101) == .idempotency([]))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `an event id that has expired is recorded again`(store: StoreUnderTest) throws {
        try store.use { session in
            let old = Samples.idempotency(1, function: 2, run: 1, createdAt: 100)
            let new = Samples.idempotency(1, function: 2, run: 9, createdAt: 200)
            try session.commit(.insertIdempotency(old))
            try session.commit(.insertIdempotency(new))
            #expect(
                try session.store.load(.idempotency(old.digest, since: Samples.time(150)), partition: 0)
                    == .idempotency([FunctionKey(2)]))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `of the event ids that are asked for, those that exist come back in the same order`(store: StoreUnderTest)
        throws
    {
        try store.use { session in
            try session.commit((1...5).map { .insertEvent(Samples.event($0)) })
            let asked = [9, 4, 2, 7].map(Samples.eventID)
            #expect(
                try session.store.load(.events(asked), partition: 0)
                    == .events([Samples.eventID(4), Samples.eventID(2)]))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `events before a wait are read by name and window, the oldest first, in parts`(store: StoreUnderTest) throws {
        try store.use { session in
            var writes: [Write] = []
            for key in 1...400 {
                var event = Samples.event(Int64(key))
                event.name = key % 2 == 0 ? "x/even" : "x/odd"
                event.receivedAt = Samples.time(Int64(key) * 1_000)
                writes.append(.insertEvent(event))
            }
            try session.commit(writes)
            try session.commit(.insertRun(Samples.run(1, event: 60)))
            var request = LookBackRequest(
                eventName: "x/even", from: Samples.time(50_000), after: EventKey(0), upTo: EventKey(400), run: RunKey(1)
            )
            guard case .lookBack(let first, false) = try session.store.load(.lookBack(request), partition: 0) else {
                Issue.record("there is a second part")
                return
            }
            let expected = stride(from: Int64(50), through: 400, by: 2).filter { $0 != 60 }.prefix(100)
            #expect(first.map(\.key.value) == Array(expected))
            request.from = Samples.time(240_000)
            request.after = EventKey(394)
            let last = [396, 398, 400].map { (key: Int64) -> EventRow in
                var event = Samples.event(key)
                event.name = "x/even"
                event.receivedAt = Samples.time(key * 1_000)
                return event
            }
            #expect(
                try session.store.load(.lookBack(request), partition: 0) == .lookBack(last, isComplete: true))
            request.eventName = "x/none"
            #expect(try session.store.load(.lookBack(request), partition: 0) == .lookBack([], isComplete: true))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `events on their way to waits are read name by name, in order and in parts`(store: StoreUnderTest) throws {
        try store.use { session in
            let large = Samples.bulk(200 << 10)
            let events = (1...6).map {
                Samples.event($0, name: $0 == 2 ? "x/other" : "x/many", payload: $0 == 4 || $0 == 5 ? large : nil)
            }
            try session.commit(events.map { .insertEvent($0) } + events.map { .insertDelivery($0.key, name: $0.name) })
            try session.commit(.deleteDelivery(EventKey(1)))
            func read(after key: Int64, limit: Int, name: String = "x/many") throws -> LoadResult {
                let request = DeliveriesRequest(name: name, after: EventKey(key), limit: limit)
                return try session.store.load(.deliveries(request), partition: 0)
            }
            #expect(try read(after: 0, limit: 1) == .deliveries([events[2]], isComplete: false))
            // No more is read than a page may have.
            #expect(try read(after: 0, limit: 9) == .deliveries(Array(events[2...4]), isComplete: false))
            #expect(try read(after: 5, limit: 9) == .deliveries([events[5]], isComplete: true))
            #expect(try read(after: 0, limit: 9, name: "x/other") == .deliveries([events[1]], isComplete: true))
            #expect(try read(after: 0, limit: 9, name: "x/none") == .deliveries([], isComplete: true))
        }
    }
}
