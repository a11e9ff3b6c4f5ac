import StepwellCore

/// What a batch changes in the number of runs of each function and status.
struct RunCountChanges {
    /// By function key and status in one number, which hashes faster than two.
    private var changes: [Int64: Int64] = [:]

    mutating func add(_ change: Int64, function: FunctionKey, status: Int64) {
        changes[function.value << 3 | status, default: 0] += change
    }

    mutating func removeAll() { changes.removeAll(keepingCapacity: true) }

    func forEach<Failure: Error>(_ body: (FunctionKey, Int64, Int64) throws(Failure) -> Void) throws(Failure) {
        for (packed, change) in changes where change != 0 {
            try body(FunctionKey(packed >> 3), packed & 7, change)
        }
    }
}
