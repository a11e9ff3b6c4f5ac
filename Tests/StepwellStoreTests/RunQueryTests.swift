import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// Lists of runs as people page through them.
struct RunQueryTests {
    /// Runs 1…60 of functions 1…3, started by event 1 (runs 1…30) and event 2; functions 1 and 2 are of app 1, function 3 is
    /// of app 2. Statuses go round but for the last, which are skipped, and those that are not finished have a job.
    private static func commitSixty(_ session: Session) throws {
        try session.commit(
            .putApp(Samples.app(1)), .putApp(Samples.app(2)), .putFunction(Samples.function(1)),
            .putFunction(Samples.function(2)), .putFunction(Samples.function(3, app: 2)),
            .insertEvent(Samples.event(1)), .insertEvent(Samples.event(2)))
        try session.commit(
            (Int64(1)...60).flatMap { key -> [Write] in
                [
                    .insertRun(Samples.run(key, function: function(key), event: key <= 30 ? 1 : 2)),
                    .putJob(Samples.job(key, run: key)), .putJob(Samples.job(100 + key, run: key, kind: .sleep)),
                ]
            })
        try session.commit((Int64(1)...60).flatMap { writes(of: $0, to: status($0)) })
    }

    private static func function(_ key: Int64) -> Int64 { key % 7 == 0 ? 3 : key % 2 + 1 }
    private static func status(_ key: Int64) -> RunStatus { key > 55 ? .skipped : RunStatus.allCases[Int(key % 5)] }

    private static func writes(of key: Int64, to status: RunStatus) -> [Write] {
        switch status {
        case .queued: []
        case .running:
            [
                .updateRun(
                    RunKey(key), status: status, startedAt: Samples.time(7), requestVersion: 1, forcesStepPlan: false)
            ]
        case .completed, .failed, .cancelled, .skipped:
            [
                .finishRun(
                    RunKey(key), status: status, endedAt: Samples.time(8), output: Samples.json("{\"run\":\(key)}")),
                .deleteJob(JobKey(key)), .deleteJob(JobKey(100 + key)),
            ]
        }
    }

    private static func keys(_ isIncluded: (Int64) -> Bool) -> [Int64] { (1...60).filter(isIncluded) }

    @Test(
        arguments: StoreUnderTest.all,
        [
            (RunQuery(), keys { _ in true }),
            (RunQuery(event: Samples.eventID(1)), keys { $0 <= 30 }),
            (RunQuery(event: Samples.eventID(9)), []),
            (RunQuery(functions: ["app-2-function-3"]), keys { $0 % 7 == 0 }),
            (RunQuery(functions: ["app-2-function-3", "app-1-function-1"]), keys { function($0) != 2 }),
            (RunQuery(functions: ["unknown"]), []),
            (RunQuery(functions: []), []),
            (RunQuery(app: "app-1"), keys { $0 % 7 != 0 }),
            (RunQuery(functions: ["app-1-function-1"], app: "app-2"), []),
            (RunQuery(statuses: [.failed]), keys { status($0) == .failed }),
            (RunQuery(statuses: [.cancelled, .failed]), keys { [.cancelled, .failed].contains(status($0)) }),
            (RunQuery(statuses: [.skipped]), keys { status($0) == .skipped }),
            (RunQuery(statuses: [.queued]), keys { status($0) == .queued }),
            (RunQuery(statuses: [.queued, .running]), keys { !status($0).isFinal }),
            (RunQuery(statuses: [.completed, .queued]), keys { [.completed, .queued].contains(status($0)) }),
            (RunQuery(statuses: []), []),
            (
                RunQuery(functions: ["app-2-function-3"], statuses: [.completed]),
                keys { $0 % 7 == 0 && status($0) == .completed }
            ),
            (
                RunQuery(functions: ["app-1-function-1"], statuses: [.failed]),
                keys { function($0) == 1 && status($0) == .failed }
            ),
            (RunQuery(event: Samples.eventID(2), statuses: [.running]), keys { $0 > 30 && status($0) == .running }),
            (RunQuery(queuedFrom: Samples.time(10_000), queuedUntil: Samples.time(20_000)), Array(10...19)),
            (
                RunQuery(app: "app-2", statuses: [.failed, .completed], queuedFrom: Samples.time(10_000)),
                keys { $0 >= 10 && $0 % 7 == 0 && [2, 3].contains($0 % 5) }
            ),
        ] as [(RunQuery, [Int64])])
    func `pages hold the matching runs, newest first, each once`(
        store: StoreUnderTest, sample: (query: RunQuery, keys: [Int64])
    ) throws {
        try store.use { session in
            try Self.commitSixty(session)
            let reader = try session.reader()
            for limit in [1, 4, 100] {
                let rows = try pages(limit: limit) { position in
                    var query = sample.query
                    query.position = position
                    return try reader.runs(query)
                }
                #expect(rows.map(\.run.key.value) == sample.keys.reversed())
            }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a run comes with its names, and with its output when asked`(store: StoreUnderTest) throws {
        try store.use { session in
            try Self.commitSixty(session)
            let reader = try session.reader()
            let record = try reader.run(Samples.runID(7))
            #expect(record?.run.key == RunKey(7))
            #expect(record?.functionSlug == "app-2-function-3")
            #expect(record?.appName == "app-2")
            #expect(record?.eventID == Samples.eventID(1))
            #expect(record?.eventName == "order.placed")
            #expect(record?.run.output == Samples.json("{\"run\":7}"))
            #expect(record?.run.limitKeys == Samples.run(7).limitKeys)
            #expect(try reader.run(Samples.runID(61)) == nil)
            #expect(try reader.run(RunKey(7)) == record)
            #expect(try reader.run(RunKey(61)) == nil)

            var query = RunQuery(functions: ["app-2-function-3"], statuses: [.completed])
            #expect(try reader.runs(query).rows.allSatisfy { $0.run.output == nil })
            query.includesOutput = true
            #expect(try reader.runs(query).rows.contains { $0 == record })
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `runs are counted by function and status at every moment`(store: StoreUnderTest) throws {
        try store.use { session in
            try Self.commitSixty(session)
            var expected: [RunCount] = []
            for function in Int64(1)...3 {
                for status in RunStatus.allCases {
                    let runs = Self.keys { Self.function($0) == function && Self.status($0) == status }.count
                    if runs > 0 {
                        expected.append(RunCount(functionKey: FunctionKey(function), status: status, runs: runs))
                    }
                }
            }
            #expect(try session.reader().runCounts() == expected)
            try session.reopen()
            #expect(try session.reader().runCounts() == expected)
        }
    }
}
