import StepwellCore
import StepwellStore

/// Where the candidates for a page of runs come from, the newest first. Each is read backwards along a key or an index
/// until the page is full, so what counts is how many candidates lie between two runs that match.
enum RunSource {
    /// All runs, by key.
    case all
    /// The runs of one event, by an index, and of the batches that it joined, merged.
    case event(Int64)
    /// The runs of these functions, by an index, merged.
    case functions([Int64])
    /// Runs that failed or were cancelled, by an index that holds no others, merged.
    case unsuccessful([RunStatus])
    /// Runs that are not finished: those that have a job.
    case unfinished

    private static let range = "key BETWEEN ?1 AND ?2"
    private static let order = "ORDER BY key DESC"

    /// Statements that yield key, function, status and time of the candidates, by key downwards; the range is bound to 1 and 2,
    /// the value to 3.
    var scans: [(sql: String, value: Int64?)] {
        let columns = "SELECT key, function, status, queued_at FROM runs"
        switch self {
        case .all:
            return [("\(columns) WHERE \(Self.range) \(Self.order)", nil)]
        case .event(let key):
            let batches = """
                SELECT
                    run, (SELECT function FROM runs WHERE key = run), (SELECT status FROM runs WHERE key = run),
                    (SELECT queued_at FROM runs WHERE key = run)
                FROM run_events INDEXED BY run_events_event WHERE event = ?3 AND run BETWEEN ?1 AND ?2 ORDER BY run DESC
                """
            return [
                ("\(columns) INDEXED BY runs_event WHERE event = ?3 AND \(Self.range) \(Self.order)", key),
                (batches, key),
            ]
        case .functions(let keys):
            let sql = "\(columns) INDEXED BY runs_function WHERE function = ?3 AND \(Self.range) \(Self.order)"
            return keys.map { (sql, $0) }
        case .unsuccessful(let statuses):
            // The first condition is the index's own, word by word, without which it is not used.
            let sql = """
                \(columns) INDEXED BY runs_unsuccessful WHERE status IN (3, 4, 5) AND status = ?3 AND \(Self.range) \(Self.order)
                """
            return statuses.map { (sql, Int64($0.rawValue)) }
        case .unfinished:
            let sql = """
                SELECT
                    run, (SELECT function FROM runs WHERE key = run), (SELECT status FROM runs WHERE key = run),
                    (SELECT queued_at FROM runs WHERE key = run)
                FROM jobs INDEXED BY jobs_run WHERE run BETWEEN ?1 AND ?2 GROUP BY run ORDER BY run DESC
                """
            return [(sql, nil)]
        }
    }
}

/// Chooses the source that has the fewest candidates, by the counts that the writer keeps.
struct RunSourceChoice {
    let counts: [RunCount]
    /// Nil when every function matches.
    let functions: Set<Int64>?
    let statuses: Set<RunStatus>

    private func runs(_ isCounted: (RunCount) -> Bool) -> Int {
        counts.reduce(0) { isCounted($1) ? $0 + $1.runs : $0 }
    }

    private func isOfFunction(_ count: RunCount) -> Bool { functions?.contains(count.functionKey.value) ?? true }

    /// No run matches, whatever its time.
    var isEmpty: Bool { runs { isOfFunction($0) && statuses.contains($0.status) } == 0 }

    var source: RunSource {
        var best = RunSource.all
        var fewest = runs { _ in true }
        if let functions {
            let candidates = runs(isOfFunction)
            if candidates < fewest { (best, fewest) = (.functions(functions.sorted()), candidates) }
        }
        if let (source, candidates) = sourceByStatus, candidates < fewest { best = source }
        return best
    }

    private var sourceByStatus: (RunSource, Int)? {
        let candidates = runs { statuses.contains($0.status) }
        if statuses.isSubset(of: [.failed, .cancelled, .skipped]) {
            return (.unsuccessful(statuses.sorted { $0.rawValue < $1.rawValue }), candidates)
        }
        if statuses.isSubset(of: [.queued, .running]) {
            return (.unfinished, runs { !$0.status.isFinal })
        }
        return nil
    }
}
