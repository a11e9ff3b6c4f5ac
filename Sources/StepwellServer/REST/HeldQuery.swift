import StepwellCore
import StepwellModel
import StepwellStore

/// A question whose answer may be held back until it changes.
struct HeldQuery: Sendable {
    /// Whose changes matter.
    enum Subject: Sendable {
        case run(RunKey)
        case all
    }

    /// What is answered.
    struct View: Sendable {
        var json: RawJSON
        /// The runs that it shows.
        var runs: Set<RunKey>
    }

    static let waitMax = Milliseconds.seconds(60)

    /// How long the answer may be held back; nil: not at all.
    var wait: Milliseconds?
    var subject: @Sendable (any StoreReader) throws(Failure) -> Subject
    var read: @Sendable (any StoreReader, Subject) throws(Failure) -> View
}
