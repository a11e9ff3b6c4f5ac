/// The steps of a run, and what a function may ask about it.
///
/// A step is named; its result is recorded under that name once, and from then on the function gets the recorded result
/// whenever it is replayed. Steps run in parallel when they are called in parallel: by `async let` or in a task group.
public struct Step: Sendable {
    let session: RunSession

    /// The run's id.
    public var runID: String { session.runID }

    /// How often what this call is about was tried before: 0 at first, counted for each step and for the function apart.
    public var attempt: Int { session.attempt }

    /// Whether whoever asked for this step is gone, so that its result will probably be refused: a long step may stop.
    ///
    /// A step under way is never cancelled from outside; it finishes unless it asks here and throws.
    public var isCancelled: Bool { session.isAbandoned }

    /// A log that is silent while the function is replayed; see ``RunLog``.
    public var log: RunLog { RunLog(session: session) }
}
