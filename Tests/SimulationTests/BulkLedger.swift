import StepwellCore
import StepwellModel
import StepwellStore

/// What works on many runs have promised, and what is on disk of it.
struct BulkLedger {
    /// The runs that each work must act on: those that its filter matched on disk when it became durable. Of a work that
    /// cancels, unfinished ones; of one that repeats, finished ones, which stay as they are.
    private var owed: [ULID: Set<RunKey>] = [:]
    private(set) var violations: [String] = []

    /// A batch has become durable.
    mutating func observe(_ batch: Batch, _ state: MemoryState) {
        for write in batch.writes {
            switch write {
            case .insertBulk(let bulk): owed[bulk.id] = matching(bulk, state)
            case .updateBulk(let id, .completed, _, _): if let bulk = state.bulks[id] { judgeEnd(of: bulk, state) }
            default: break
            }
        }
    }

    private func matching(_ bulk: BulkRow, _ state: MemoryState) -> Set<RunKey> {
        let runs = state.runs.values.filter { run in
            guard run.key <= bulk.progress.last, bulk.filter.matches(run) else { return false }
            guard bulk.filter.condition != nil else { return true }
            // While its start is held back, another event may take the place of a run's own.
            let function = state.functions[run.functionKey].flatMap { Script.bySlug[$0.slug] }
            if function?.declares("debounce") == true { return false }
            return state.events[run.eventKey]?.payload.value(at: ["data", "k"])?.string == "a"
        }
        return Set(runs.map(\.key))
    }

    /// When a work is completed all is done, and once.
    private mutating func judgeEnd(of bulk: BulkRow, _ state: MemoryState) {
        let owed = owed[bulk.id] ?? []
        switch bulk.action {
        case .cancel:
            for run in owed where state.runs[run]?.status.isFinal != true {
                violations.append("bulk work \(bulk.id) is completed, and run \(run.value) goes on")
            }
        case .rerun:
            let repeated = originals(of: bulk, state)
            let missing = owed.compactMap { state.runs[$0]?.id }.filter { repeated[$0] == nil }
            if missing.count > bulk.progress.refused {
                violations.append(
                    "bulk work \(bulk.id) has left \(missing.count) runs out, and \(bulk.progress.refused) were refused"
                )
            }
        }
    }

    private func originals(of bulk: BulkRow, _ state: MemoryState) -> [ULID: Int] {
        state.reruns.values.filter { $0.bulkID == bulk.id }.reduce(into: [:]) { $0[$1.originalID, default: 0] += 1 }
    }

    /// Whatever has happened, no run was repeated twice by one work, and what was counted was done.
    mutating func judge(_ state: MemoryState) {
        for bulk in state.bulks.values {
            if bulk.state == .running { violations.append("bulk work \(bulk.id) has not ended") }
            guard bulk.action == .rerun else { continue }
            let repeated = originals(of: bulk, state)
            for (run, count) in repeated where count > 1 {
                violations.append("bulk work \(bulk.id) has repeated run \(run) \(count) times")
            }
            if repeated.count != bulk.progress.done {
                violations.append(
                    "bulk work \(bulk.id) has repeated \(repeated.count) runs and counted \(bulk.progress.done)")
            }
        }
    }

    /// Whether a run may have been cancelled among many.
    func mayHaveCancelled(_ run: RunRow, _ state: MemoryState) -> Bool {
        state.bulks.values.contains { bulk in
            bulk.action == .cancel && run.key <= bulk.progress.last
                && bulk.filter.functions?.contains(run.functionKey) ?? true
        }
    }
}
