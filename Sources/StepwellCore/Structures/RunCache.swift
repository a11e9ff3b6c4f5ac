import StepwellModel

/// A run's slot and key: whether the slot is still that run's.
struct RunReference {
    var slot: Int32
    var key: RunKey
}

/// Which runs' details are to be forgotten first, and how much memory they take together.
///
/// A queue in which each run stands once; a run that was used since it was put there goes to the end when it comes up
/// (second chance).
struct RunCache {
    let bytesMax: Int
    private(set) var bytes = 0
    private var queue = Queue<RunReference>()

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isOverBudget: Bool { bytes > bytesMax }
    var count: Int { queue.count }

    /// Counts what a run's details take now.
    mutating func account(for state: RunState) {
        let footprint = state.footprint
        bytes += footprint - state.accountedBytes
        state.accountedBytes = footprint
    }

    mutating func removed(_ state: RunState) {
        bytes -= state.accountedBytes
        state.accountedBytes = 0
    }

    mutating func use(_ state: RunState, _ run: RunReference) {
        state.isUsed = true
        guard !state.isListed else { return }
        state.isListed = true
        queue.append(run)
    }

    mutating func popOldest() -> RunReference? { queue.popFirst() }
    mutating func putBack(_ run: RunReference) { queue.append(run) }
}
