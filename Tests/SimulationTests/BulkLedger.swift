import StepwellCore
import StepwellModel
import StepwellStore

/// What works on many runs have promised, and what is on disk of it.
struct BulkLedger {
    /// The keys of the runs or events that each work must act on: those that its filter matched on disk when it became durable. Of a work that
    /// cancels, unfinished ones; of one that repeats, finished ones, which stay as they are.
    private var owed: [ULID: Set<Int64>] = [:]
    private(set) var violations: [String] = []

    /// A batch has become durable.
    mutating func observe(_ batch: Batch, _ state: MemoryState) {
        for write in batch.writes {
            switch write {
            case .insertBulk(let bulk): owed[bulk.id] = matching(bulk, state)
            case .updateBulk(let id, let end, _, let progress):
                if progress.done + progress.refused > progress.found {
                    violations.append("bulk work \(id) has acted on more than it has found: \(progress)")
                }
                if end == .completed, let bulk = state.bulks[id] { judgeEnd(of: bulk, state) }
            default: break
            }
        }
    }

    private func matching(_ bulk: BulkRow, _ state: MemoryState) -> Set<Int64> {
        if bulk.action == .resend {
            let events = state.events.values.filter { event in
                event.key.value <= bulk.progress.last
                    && bulk.filter.matches(eventNamed: event.name, receivedAt: event.receivedAt)
                    && (bulk.filter.condition == nil || Self.hasKeyA(event))
            }
            return Set(events.map(\.key.value))
        }
        let runs = state.runs.values.filter { run in
            guard run.key.value <= bulk.progress.last, bulk.filter.matches(run) else { return false }
            guard bulk.filter.condition != nil else { return true }
            // While its start is held back, another event may take the place of a run's own.
            let function = state.functions[run.functionKey].flatMap { Script.bySlug[$0.slug] }
            if function?.declares("debounce") == true { return false }
            return Self.hasKeyA(state.events[run.eventKey])
        }
        return Set(runs.map(\.key.value))
    }

    /// What the condition of every filter asks for.
    private static func hasKeyA(_ event: EventRow?) -> Bool { event?.payload.value(at: ["data", "k"])?.string == "a" }

    /// When a work is completed all is done, and once.
    private mutating func judgeEnd(of bulk: BulkRow, _ state: MemoryState) {
        let owed = owed[bulk.id] ?? []
        switch bulk.action {
        case .cancel:
            for run in owed where state.runs[RunKey(run)]?.status.isFinal != true {
                violations.append("bulk work \(bulk.id) is completed, and run \(run) goes on")
            }
        case .rerun, .resend:
            let repeated = originals(of: bulk, state)
            let ids = owed.compactMap {
                bulk.action == .rerun ? state.runs[RunKey($0)]?.id : state.events[EventKey($0)]?.id
            }
            let missing = ids.filter { repeated[$0] == nil }
            if missing.count > bulk.progress.refused {
                violations.append(
                    "bulk work \(bulk.id) has left \(missing.count) out, and \(bulk.progress.refused) were refused"
                )
            }
        }
    }

    private func originals(of bulk: BulkRow, _ state: MemoryState) -> [ULID: Int] {
        let ids =
            bulk.action == .rerun
            ? state.reruns.values.filter { $0.bulkID == bulk.id }.map(\.originalID)
            : state.resends.values.filter { $0.bulkID == bulk.id }.map(\.originalID)
        return ids.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Whatever has happened, no run or event was repeated twice by one work, and what was counted was done.
    mutating func judge(_ state: MemoryState) {
        for bulk in state.bulks.values {
            if bulk.state == .running { violations.append("bulk work \(bulk.id) has not ended") }
            if bulk.progress.done > bulk.limit ?? .max {
                violations.append(
                    "bulk work \(bulk.id) has acted on \(bulk.progress.done), and may on \(bulk.limit ?? 0)")
            }
            guard bulk.action != .cancel else { continue }
            let repeated = originals(of: bulk, state)
            for (run, count) in repeated where count > 1 {
                violations.append("bulk work \(bulk.id) has repeated \(run) \(count) times")
            }
            if repeated.count != bulk.progress.done {
                violations.append(
                    "bulk work \(bulk.id) has repeated \(repeated.count) and counted \(bulk.progress.done)")
            }
        }
    }

    /// Whether a run may have been cancelled among many.
    func mayHaveCancelled(_ run: RunRow, _ state: MemoryState) -> Bool {
        state.bulks.values.contains { bulk in
            bulk.action == .cancel && run.key.value <= bulk.progress.last
                && bulk.filter.functions?.contains(run.functionKey) ?? true
        }
    }
}
