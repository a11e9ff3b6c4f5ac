import StepwellModel

/// What an open debounce or batch is found by.
struct HoldKey: Hashable {
    /// `debounce` or `batch`.
    var kind: JobKind
    var functionKey: FunctionKey
    /// 0 for a rule without a key.
    var keyHash: UInt64

    init(kind: JobKind, functionKey: FunctionKey, keyHash: UInt64) {
        self.kind = kind
        self.functionKey = functionKey
        self.keyHash = keyHash
    }

    init(_ plan: HoldPlan, of function: FunctionPlan) {
        self.init(
            kind: plan.kind, functionKey: function.key, keyHash: plan.key.map { Digest.limitKeyHash($0) } ?? 0)
    }
}

/// A start that is held back while events come in, as it stands in memory.
struct Hold {
    let job: JobReference
    let jobKey: JobKey
    let keyHash: UInt64
    /// When a debounce ends at the latest, on the engine's clock; nil for never.
    let deadline: Timestamp?
    var progress: HoldProgress

    init(_ row: HoldRow, slot: Int32) {
        job = JobReference(slot: slot, key: row.jobKey)
        jobKey = row.jobKey
        keyHash = row.keyHash
        deadline = row.deadline
        progress = row.progress
    }
}
