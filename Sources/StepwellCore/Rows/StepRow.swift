import StepwellModel

/// What kind of step a record is of. The numbers are stored.
package enum StepKind: UInt8, Sendable, Hashable, CaseIterable {
    case run = 0
    case sleep = 1
    case waitForEvent = 2
    case invoke = 3
    case waitForSignal = 4
    case gateway = 5
    case aiGateway = 6
}

/// A step that has its result: written once, never changed, and handed to the SDK with every later call of the run.
package struct StepRow: Sendable, Hashable {
    package var runKey: RunKey
    /// The place in the run's stack, from 0: the order in which steps got their results.
    package var position: Int
    /// The SDK's hashed id.
    package var id: String
    /// The name that people gave it.
    package var name: String
    package var kind: StepKind
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    /// How many attempts it took, the last one included.
    package var attempts: Int
    /// The step failed for good: `memo` is `{"error":…}` or an invocation's error.
    package var isError: Bool
    /// What the SDK sees from now on: `{"data":…}`, `{"error":…}`, an event, or `null`.
    package var memo: RawJSON
    /// The operation's `opts` as the SDK sent them, for people to look at.
    package var options: RawJSON?

    package init(
        runKey: RunKey, position: Int, id: String, name: String, kind: StepKind, startedAt: Timestamp,
        endedAt: Timestamp,
        attempts: Int, isError: Bool, memo: RawJSON, options: RawJSON?
    ) {
        self.runKey = runKey
        self.position = position
        self.id = id
        self.name = name
        self.kind = kind
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.attempts = attempts
        self.isError = isError
        self.memo = memo
        self.options = options
    }
}

/// A call that failed: history, for people to look at.
package struct AttemptRow: Sendable, Hashable {
    package var key: AttemptKey
    package var runKey: RunKey
    /// The step that failed; nil when the function itself did.
    package var stepID: String?
    package var stepName: String?
    /// From 0.
    package var attempt: Int
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    package var error: RawJSON
    /// When the next attempt is due; nil when there is none.
    package var retryAt: Timestamp?

    package init(
        key: AttemptKey, runKey: RunKey, stepID: String?, stepName: String?, attempt: Int, startedAt: Timestamp,
        endedAt: Timestamp, error: RawJSON, retryAt: Timestamp?
    ) {
        self.key = key
        self.runKey = runKey
        self.stepID = stepID
        self.stepName = stepName
        self.attempt = attempt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.error = error
        self.retryAt = retryAt
    }
}
