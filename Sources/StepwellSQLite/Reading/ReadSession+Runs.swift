import StepwellCore
import StepwellModel
import StepwellStore

/// Lists of runs: candidates from a ``RunSource``, of which those that match are read whole.
extension ReadSession {
    func runs(_ query: RunQuery) throws(StoreError) -> Page<RunRecord> {
        var builder = PageBuilder<RunRecord>(query.position)
        guard let plan = try plan(query) else { return builder.page }
        var candidates = try MergedScans(self, plan.source.scans, plan.range)
        defer { candidates.reset() }
        while let candidate = try candidates.next() {
            guard plan.matches(candidate), query.hasTime(of: candidate) else { continue }
            guard !builder.isFull else {
                builder.noteMore()
                break
            }
            guard let record = try runRecord(candidate.key, includesOutput: query.includesOutput) else { continue }
            builder.append(record, id: record.run.id, payloadBytes: record.run.output?.count ?? 0)
        }
        return builder.page
    }

    private struct Plan {
        let source: RunSource
        let range: KeyRange
        let functions: Set<Int64>?
        let statuses: Set<RunStatus>

        func matches(_ candidate: RunCandidate) -> Bool {
            functions?.contains(candidate.function) ?? true
                && RunStatus(rawValue: UInt8(truncatingIfNeeded: candidate.status)).map(statuses.contains) ?? false
        }
    }

    /// Where to look; nil when nothing can match.
    private func plan(_ query: RunQuery) throws(StoreError) -> Plan? {
        let range = try keyRange(in: .runs, query.position, from: query.queuedFrom, until: query.queuedUntil)
        guard let range else { return nil }
        let functions = try functionKeys(query)
        let statuses = query.statuses ?? Set(RunStatus.allCases)
        if let event = query.event {
            guard let key = try key(of: event, in: "events") else { return nil }
            return Plan(source: .event(key), range: range, functions: functions, statuses: statuses)
        }
        let choice = RunSourceChoice(counts: try runCounts(), functions: functions, statuses: statuses)
        guard !choice.isEmpty else { return nil }
        return Plan(source: choice.source, range: range, functions: functions, statuses: statuses)
    }

    /// The keys of the functions that the query names; nil when it names none.
    private func functionKeys(_ query: RunQuery) throws(StoreError) -> Set<Int64>? {
        guard query.functions != nil || query.app != nil else { return nil }
        let statement = try statement(
            "SELECT functions.key, functions.slug, apps.name FROM functions LEFT JOIN apps ON apps.key = functions.app")
        let named = try all(statement) { row in
            let matches =
                query.functions?.contains(row.text(1)) ?? true && query.app.map { $0 == row.text(2) } ?? true
            return matches ? row.integer(0) : nil
        }
        return Set(named.compactMap { $0 })
    }
}

extension RunQuery {
    fileprivate func hasTime(of run: RunCandidate) -> Bool {
        queuedFrom.map { run.queuedAt >= $0 } ?? true && queuedUntil.map { run.queuedAt < $0 } ?? true
    }
}

struct RunCandidate {
    let key: Int64
    let function: Int64
    let status: Int64
    let queuedAt: Timestamp
}

/// Several scans by key downwards, as one.
struct MergedScans {
    private var heads: [(statement: Statement, candidate: RunCandidate)] = []

    init(_ session: ReadSession, _ scans: [(sql: String, value: Int64?)], _ range: KeyRange) throws(StoreError) {
        for (index, scan) in scans.enumerated() {
            let statement = try session.statement(scan.sql, copy: index)
            statement.bind(1, range.first)
            statement.bind(2, range.last)
            if let value = scan.value { statement.bind(3, value) }
            if let candidate = try Self.step(statement) { heads.append((statement, candidate)) }
        }
    }

    mutating func next() throws(StoreError) -> RunCandidate? {
        guard let newest = heads.indices.max(by: { heads[$0].candidate.key < heads[$1].candidate.key }) else {
            return nil
        }
        let (statement, candidate) = heads[newest]
        if let following = try Self.step(statement) {
            heads[newest].candidate = following
        } else {
            heads.remove(at: newest)
        }
        return candidate
    }

    func reset() {
        for head in heads { head.statement.reset() }
    }

    private static func step(_ statement: Statement) throws(StoreError) -> RunCandidate? {
        guard try statement.step() else { return nil }
        return RunCandidate(
            key: statement.integer(0), function: statement.integer(1), status: statement.integer(2),
            queuedAt: statement.time(3))
    }
}
