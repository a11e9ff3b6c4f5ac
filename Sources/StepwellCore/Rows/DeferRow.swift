import StepwellModel

/// What becomes of a deferred function at its run's end. The numbers are stored.
package enum DeferStatus: UInt8, Sendable, Hashable, CaseIterable {
    /// Its event is sent when the run ends. Can transition to aborted.
    case scheduled = 0
    /// The function took it back. Final.
    case aborted = 1
    /// It broke a limit, and has no effect. Final.
    case rejected = 2
}

/// A function that is to run once this run has ended.
package struct DeferRow: Sendable, Hashable {
    package var runKey: RunKey
    /// From 0, in the order in which they were reported.
    package var position: Int
    /// The SDK's hashed id.
    package var id: String
    /// The slug of the function.
    package var function: String
    package var status: DeferStatus
    /// An object; nil when it was rejected.
    package var input: RawJSON?
    /// What the SDK keeps with it.
    package var note: RawJSON?

    package init(
        runKey: RunKey, position: Int, id: String, function: String, status: DeferStatus, input: RawJSON?,
        note: RawJSON?
    ) {
        self.runKey = runKey
        self.position = position
        self.id = id
        self.function = function
        self.status = status
        self.input = input
        self.note = note
    }
}
