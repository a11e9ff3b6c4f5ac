import StepwellModel

/// One call of the server for a run, PROTOCOL 3.1: what is known so far, and what is wanted.
struct RunCall: Sendable {
    /// What a call asks for, and what it knows.
    struct Key: Sendable, Hashable {
        let target: StepHash?
        let attempt: Int
        let stackCount: Int
        let stackLast: StepHash?
        let plansOnly: Bool

        /// Whether the answer to the one is the answer to the other. What was recorded meanwhile makes no difference to
        /// a wanted step: it is the same step, and must not run twice at a time.
        func asksForSame(as other: Key) -> Bool {
            guard target != nil else { return self == other }
            return target == other.target && attempt == other.attempt
        }
    }

    let runID: String
    /// The step to run; nil to find out which steps come next.
    let target: StepHash?
    /// From 0, of this step or of this search for steps.
    let attempt: Int
    /// Attempts in all; nil if the server does not tell.
    let attemptsMax: Int?
    /// The recorded steps in the order in which they were recorded.
    let stack: [StepHash]
    let memos: [StepHash: RecordedResult]
    let events: [JSONSlice]
    /// The deferred functions that the server knows of, and whether they can be taken back.
    var defers: [StepHash: Bool] = [:]
    /// Report every step that is found, run none at once.
    let plansOnly: Bool
    /// The size of the request.
    let byteCount: Int

    var key: Key {
        Key(target: target, attempt: attempt, stackCount: stack.count, stackLast: stack.last, plansOnly: plansOnly)
    }

    var isLastAttempt: Bool { attemptsMax.map { attempt + 1 >= $0 } ?? false }
}
