import StepwellCore
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellSQLite

/// Lists read along an index from the newest row on, and no reader reads for ever.
struct ReaderCostTests {
    private func plan(_ sql: String) throws -> String {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        defer { store.close() }
        let connection = try Connection(path: directory.file(), access: .reading, vfs: nil)
        let statement = try connection.prepare("EXPLAIN QUERY PLAN " + sql)
        var lines: [String] = []
        while try statement.step() { lines.append(statement.text(3)) }
        return lines.joined(separator: "\n")
    }

    @Test(arguments: [
        (RunSource.all, ["SEARCH runs USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
        (
            .event(1),
            [
                "SEARCH runs USING INDEX runs_event (event=? AND rowid>? AND rowid<?)",
                "SEARCH run_events USING COVERING INDEX run_events_event (event=? AND run>? AND run<?)",
            ]
        ),
        (.functions([1]), ["SEARCH runs USING INDEX runs_function (function=? AND rowid>? AND rowid<?)"]),
        (.unsuccessful([.failed]), ["SEARCH runs USING INDEX runs_unsuccessful (status=? AND rowid>? AND rowid<?)"]),
        (.unfinished, ["SEARCH jobs USING COVERING INDEX jobs_run (run>? AND run<?)"]),
    ])
    func `candidates for a list of runs come in order, without sorting`(source: RunSource, expected: [String]) throws {
        #expect(source.scans.count == expected.count)
        for (scan, expected) in zip(source.scans, expected) {
            let plan = try plan(scan.sql)
            #expect(plan.hasPrefix(expected))
            #expect(!plan.contains("SCAN") && !plan.contains("B-TREE"))
        }
    }

    @Test(arguments: [
        (EventQuery(), "SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        (EventQuery(name: "a"), "SEARCH events USING INDEX events_name (name=? AND rowid>? AND rowid<?)"),
    ])
    func `lists of events come in order, without sorting`(query: EventQuery, expected: String) throws {
        let plan = try plan(ReadSession.sql(query))
        #expect(plan == expected)
    }

    private static func counts(_ numbers: [Int64: [RunStatus: Int]]) -> [RunCount] {
        numbers.flatMap { function, statuses in
            statuses.map { RunCount(functionKey: FunctionKey(function), status: $0.key, runs: $0.value) }
        }
    }

    @Test(
        arguments: [
            (
                [1: [.completed: 1_000], 2: [.failed: 3]], nil, [.failed],
                "unsuccessful([StepwellCore.RunStatus.failed])"
            ),
            ([1: [.completed: 1_000], 2: [.failed: 3]], [2], Set(RunStatus.allCases), "functions([2])"),
            ([1: [.failed: 1_000], 2: [.failed: 3]], [2], [.failed], "functions([2])"),
            (
                [1: [.failed: 3], 2: [.completed: 1_000, .failed: 2]], [2], [.failed],
                "unsuccessful([StepwellCore.RunStatus.failed])"
            ),
            ([1: [.completed: 1_000, .queued: 2]], [1], [.queued], "unfinished"),
            ([1: [.completed: 1_000]], nil, Set(RunStatus.allCases), "all"),
            ([1: [.completed: 1_000, .failed: 9]], [1], [.completed], "all"),
        ] as [([Int64: [RunStatus: Int]], Set<Int64>?, Set<RunStatus>, String)])
    func `a list of runs looks where the fewest candidates are`(
        counts: [Int64: [RunStatus: Int]], functions: Set<Int64>?, statuses: Set<RunStatus>, expected: String
    ) {
        let choice = RunSourceChoice(counts: Self.counts(counts), functions: functions, statuses: statuses)
        #expect("\(choice.source)" == expected)
        #expect(!choice.isEmpty)
    }

    @Test func `a query that takes too long is ended`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        defer { store.close() }
        let opened = try store.open(partition: 0)
        let events = (Int64(1)...5_000).map { key in
            Write.insertEvent(
                EventRow(
                    key: EventKey(key), id: Planted.eventID(key), name: "inngest/function.finished",
                    receivedAt: Planted.time(key), payload: .null))
        }
        try store.commit(
            Batch(partition: 0, epoch: opened.epoch, sequence: 1, engineTime: Planted.time(1), writes: events))
        let query = EventQuery(includesInternal: false)
        let hasty = try SQLiteReader(path: directory.file(), millisecondsMax: 0)
        let error = #expect(throws: StoreError.self) { try hasty.events(query) }
        #expect(error?.code == .tooSlow)
        #expect(error?.message.hasPrefix("SW0113: ") == true)
        #expect(try SQLiteReader(path: directory.file()).events(query).rows.isEmpty)
    }

    @Test func `a reader can change nothing`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        defer { store.close() }
        let session = try ReadSession(path: directory.file())
        #expect(throws: StoreError.self) { try session.connection.execute("DELETE FROM partitions") }
        #expect(throws: StoreError.self) {
            try session.connection.execute("PRAGMA query_only = 0; DELETE FROM partitions")
        }
    }

    @Test func `a file can be read while no server runs`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        let opened = try store.open(partition: 0)
        try store.commit(Planted.batch(1, epoch: opened.epoch))
        store.close()
        let reader = try SQLiteReader(path: directory.file())
        #expect(try reader.facts().batchSequence == 1)
        #expect(try reader.event(Planted.eventID(1)) != nil)
    }

    @Test func `many readers read at the same time`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        defer { store.close() }
        let opened = try store.open(partition: 0)
        for number in Int64(1)...20 { try store.commit(Planted.batch(number, epoch: opened.epoch)) }
        let reader = try SQLiteReader(path: directory.file())
        let sums = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...16 { group.addTask { try reader.runs(RunQuery()).rows.count } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums == Array(repeating: 20, count: 16))
        reader.close()
    }

    @Test func `a file that is not there is refused`() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: StoreError.self) { try SQLiteReader(path: directory.file()) }
        #expect(error?.message.hasPrefix("SW0111: there is no data file at \(directory.file()) ") == true)
        #expect(TemporaryDirectory.names(in: directory.path) == [])
    }
}
