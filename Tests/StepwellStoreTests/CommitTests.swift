import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// What was committed is there, in this store and in the next one that opens the same place.
struct CommitTests {
    @Test(arguments: StoreUnderTest.all)
    func `a place that was never used starts at epoch 1 with nothing in it`(store: StoreUnderTest) throws {
        try store.use { session in
            #expect(
                session.opened
                    == OpenedPartition(epoch: 1, batchSequence: 0, engineTime: Samples.time(0), marks: .none))
            let rows = try session.recovered()
            #expect(rows == [])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `every opening raises the epoch and finds the last batch`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit()
            try session.commit(.insertEvent(Samples.event(5)))
            try session.reopen()
            #expect(session.opened.epoch == 2)
            #expect(session.opened.batchSequence == 2)
            #expect(session.opened.engineTime == Samples.time(2_000))
            try session.reopen()
            #expect(session.opened.epoch == 3)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a batch of an older epoch is refused and leaves nothing`(store: StoreUnderTest) throws {
        try store.use { session in
            let late = session.batch([.insertEvent(Samples.event(1))])
            try session.reopen()
            let error = #expect(throws: StoreError.self) { try session.store.commit(late) }
            #expect(error?.code == .superseded)
            #expect(error?.isRetriable == false)
            #expect(try session.store.load(.events([Samples.eventID(1)]), partition: 0) == .events([]))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a batch that raises the epoch is the last of its own`(store: StoreUnderTest) throws {
        try store.use { session in
            var batch = session.batch([])
            batch.raisesEpoch = true
            try session.store.commit(batch)
            batch.sequence += 1
            let error = #expect(throws: StoreError.self) { try session.store.commit(batch) }
            #expect(error?.code == .superseded)
            batch.epoch += 1
            try session.store.commit(batch)
            try session.reopen()
            #expect(session.opened.epoch == 4)
        }
    }

    @Test(arguments: StoreUnderTest.all, [0, 2])
    func `a batch that does not follow the last one is refused`(store: StoreUnderTest, skip: Int64) throws {
        try store.use { session in
            try session.commit()
            var batch = session.batch([])
            batch.sequence = session.sequence + skip
            let error = #expect(throws: StoreError.self) { try session.store.commit(batch) }
            #expect(error?.code == .refused)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a partition other than the only one is refused`(store: StoreUnderTest) throws {
        try store.use { session in
            var batch = session.batch([])
            batch.partition = 1
            #expect(throws: StoreError.self) { try session.store.commit(batch) }
            #expect(throws: StoreError.self) { try session.store.open(partition: 1) }
            #expect(throws: StoreError.self) { try session.store.recover(partition: 1) { _ in } }
            #expect(throws: StoreError.self) { try session.store.load(.events([]), partition: 1) }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `marks are the highest keys ever used, also of rows that are gone`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                .putApp(Samples.app(3)), .putFunction(Samples.function(4)), .insertEvent(Samples.event(50)),
                .insertRun(Samples.run(60, event: 50)), .putJob(Samples.job(70, run: 60)),
                .insertAttempt(Samples.attempt(80, run: 60)))
            try session.commit(.deleteJob(JobKey(70)), .putJob(Samples.job(69, run: 60)))
            try session.reopen()
            #expect(session.opened.marks == KeyMarks(app: 3, function: 4, event: 50, run: 60, job: 70, attempt: 80))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a run's update and end change what they name and nothing else`(store: StoreUnderTest) throws {
        try store.use { session in
            var run = Samples.run(1)
            try session.commit(.insertEvent(Samples.event(1)), .insertRun(run))
            #expect(try session.loadRun(1)?.run == run)
            try session.commit(
                .updateRun(
                    run.key, status: .running, startedAt: Samples.time(8), requestVersion: 2, forcesStepPlan: true))
            (run.status, run.startedAt, run.requestVersion, run.forcesStepPlan) = (.running, Samples.time(8), 2, true)
            #expect(try session.loadRun(1)?.run == run)
            try session.commit(
                .finishRun(run.key, status: .completed, endedAt: Samples.time(9), output: Samples.json("[1]")))
            (run.status, run.endedAt, run.output) = (.completed, Samples.time(9), Samples.json("[1]"))
            #expect(try session.loadRun(1)?.run == run)
            try session.reopen()
            #expect(try session.loadRun(1)?.run == run)
        }
    }

    @Test(arguments: StoreUnderTest.all, [RunStatus.failed, .cancelled])
    func `a run can end without a start and without output`(store: StoreUnderTest, status: RunStatus) throws {
        try store.use { session in
            try session.commit(
                .insertEvent(Samples.event(1)), .insertRun(Samples.run(1)),
                .finishRun(RunKey(1), status: status, endedAt: Samples.time(9), output: nil))
            let run = try session.loadRun(1)?.run
            #expect(run?.status == status)
            #expect(run?.startedAt == nil)
            #expect(run?.output == nil)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `what a run has deferred, and what is told of it, is read with it`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(.insertEvent(Samples.event(1)), .insertRun(Samples.run(1)))
            let large = Samples.json(#"{"x":"\#(String(repeating: "x", count: 70_000))"}"#)
            var defers = [
                DeferRow(
                    runKey: RunKey(1), position: 0, id: "a", function: "f", status: .scheduled, input: large,
                    note: Samples.json("{}")),
                DeferRow(
                    runKey: RunKey(1), position: 1, id: "b", function: "g", status: .rejected, input: nil, note: nil),
            ]
            let metadata = [nil, "s"].enumerated().map { place, step in
                MetadataRow(
                    runKey: RunKey(1), position: place, stepID: step, kind: "k\u{E9}", operation: .add,
                    recordedAt: Samples.time(5), values: Samples.json(#"{"v":"\u{E9}"}"#))
            }
            try session.commit(
                .insertDefer(defers[0]), .insertDefer(defers[1]), .insertMetadata(metadata[0]),
                .insertMetadata(metadata[1]))
            try session.commit(.abortDefer(RunKey(1), position: 0))
            try session.reopen()
            defers[0].status = .aborted
            let run = try session.loadRun(1)
            #expect(run?.defers == defers)
            var tally = MetadataTally()
            for row in metadata { tally.add(stepID: row.stepID, cost: row.cost) }
            #expect(run?.metadata == tally)
            #expect(try session.store.load(.metadata(RunKey(1)), partition: 0) == .metadata(tally))
            #expect(try session.reader().defers(of: RunKey(1)) == defers)
            #expect(try session.reader().metadata(of: RunKey(1)) == metadata)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a job can go on without its wait`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(
                .insertEvent(Samples.event(1)), .insertRun(Samples.run(1)),
                .putJob(Samples.job(1, run: 1, kind: .waitForSignal)), .insertWait(Samples.wait(1)))
            try session.commit(.endLookBack(JobKey(1)))
            #expect(
                try session.recovered().contains {
                    if case .wait(let row) = $0 { row.looksBackTo == nil } else { false }
                })
            try session.commit(.deleteWait(JobKey(1)))
            try session.reopen()
            let rows = try session.recovered()
            #expect(rows.count == 1)
            try session.commit(.insertWait(Samples.wait(1)))
        }
    }

    @Test(
        arguments: StoreUnderTest.all,
        [
            Write.updateRun(RunKey(9), status: .running, startedAt: nil, requestVersion: 1, forcesStepPlan: false),
            .finishRun(RunKey(9), status: .failed, endedAt: Samples.time(1), output: nil), .deleteJob(JobKey(9)),
            .abortDefer(RunKey(1), position: 0), .deleteWait(JobKey(9)), .endLookBack(JobKey(9)),
            .insertEvent(Samples.event(1)),
            .insertRun(Samples.run(1)),
            .insertStep(Samples.step(1, 0)),
            .insertStep(Samples.step(1, StoreLimits.stepsPerRun)), .insertWait(Samples.wait(1)),
        ])
    func `a write that does not fit what is there is refused`(store: StoreUnderTest, write: Write) throws {
        try store.use { session in
            try session.commit(
                .insertEvent(Samples.event(1)), .insertRun(Samples.run(1)), .insertStep(Samples.step(1, 0)),
                .putJob(Samples.job(1, run: 1, kind: .waitForEvent)), .insertWait(Samples.wait(1)))
            let error = #expect(throws: StoreError.self) { try session.commit(write) }
            #expect(error?.code == .refused)
            #expect(error?.message.hasPrefix("SW0114: ") == true)
        }
    }
}
