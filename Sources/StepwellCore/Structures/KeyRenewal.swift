import StepwellModel

/// The evaluation of keys that have changed, as it stands in memory.
struct KeyRenewal {
    /// Tells it from those before.
    let number: UInt64
    var row: KeyRenewalRow
    /// The batch that began it: only when that is durable can a page show all runs that there were.
    let batch: Int64
    /// A page is being read.
    var isReading = false
}
