import StepwellModel

/// What a run's next action is. The numbers are stored.
package enum JobKind: UInt8, Sendable, Hashable, CaseIterable {
    /// The run's first call; a throttle delays only these.
    case start = 0
    /// A call that runs the function to find its next steps.
    case discover = 1
    /// A call that runs one step, named by `stepID`.
    case step = 2
    /// A sleep: `due` is when it ends.
    case sleep = 3
    /// A wait for an event, in the wait table too: `due` is its timeout.
    case waitForEvent = 4
    /// A wait for an invoked function, in the wait table too: `due` is its timeout.
    case invoke = 5
    /// Cancels the run at `due` if it has not begun by then.
    case startTimeout = 6
    /// Cancels the run at `due`.
    case finishTimeout = 7
    /// Listens for an event that cancels the run, in the wait table too: `due` is when it stops listening.
    case cancelOn = 8
    /// The run's start, held back while events come that take each other's place, in the hold table too.
    case debounce = 9
    /// The run's start, held back while events gather, in the hold table too.
    case batch = 10
    /// A wait for a signal, in the wait table too until another waiter takes its place: `due` is its timeout.
    case waitForSignal = 11
    /// A request that the server makes on the step's behalf.
    case gateway = 12
    /// As ``gateway``, to a provider of inference.
    case aiGateway = 13

    /// Whether the action is a call: to a worker, or to whom a step names.
    package var isCall: Bool { self == .start || self == .discover || self == .step || isGateway }

    /// Whether the server makes a request of its own instead of calling a worker.
    package var isGateway: Bool { self == .gateway || self == .aiGateway }

    /// Whether the job has a row in the wait table.
    package var hasWait: Bool {
        self == .waitForEvent || self == .waitForSignal || self == .invoke || self == .cancelOn
    }

    /// Whether the job is a start that is held back, and has a row in the hold table.
    package var isHold: Bool { self == .debounce || self == .batch }

    /// Whether the job only watches the run, which needs another one to go on.
    package var isWatch: Bool { self == .startTimeout || self == .finishTimeout || self == .cancelOn }
}

/// The part of a job that the engine keeps in memory for every unfinished run, whatever else it forgets.
package struct JobCore: Sendable, Hashable {
    package var key: JobKey
    package var runKey: RunKey
    package var functionKey: FunctionKey
    package var kind: JobKind
    /// When the action may be taken: never earlier.
    package var due: Timestamp
    /// `due` is a date, to be read on the wall clock; otherwise it is on the engine's clock, which never goes back.
    package var isDueOnWallClock: Bool
    /// From 0, of this job.
    package var attempt: Int
    /// The parallel group that the job belongs to; 0 for none.
    package var group: Int
    /// The group races: each of its results is followed by a call at once.
    package var isRacing: Bool
    /// A start that has passed the throttle.
    package var isAdmitted: Bool
    /// 1-based place of the step whose result caused this call; 0 for none.
    package var cause: Int
    /// Of the run, so that queues are rebuilt at start-up without reading any event.
    package var limits: LimitHashes

    package init(
        key: JobKey, runKey: RunKey, functionKey: FunctionKey, kind: JobKind, due: Timestamp, isDueOnWallClock: Bool,
        attempt: Int, group: Int, isRacing: Bool, isAdmitted: Bool, cause: Int, limits: LimitHashes
    ) {
        self.key = key
        self.runKey = runKey
        self.functionKey = functionKey
        self.kind = kind
        self.due = due
        self.isDueOnWallClock = isDueOnWallClock
        self.attempt = attempt
        self.group = group
        self.isRacing = isRacing
        self.isAdmitted = isAdmitted
        self.cause = cause
        self.limits = limits
    }
}

/// The part of a job that is read again from the store when its run wakes.
package struct JobDetail: Sendable, Hashable {
    /// When the action became the run's next: for a step, when it was reported.
    package var createdAt: Timestamp
    /// The step that the action is of; empty for a start and a discovery.
    package var stepID: String
    package var stepName: String
    /// The operation's `opts` as the SDK sent them.
    package var options: RawJSON?

    package init(createdAt: Timestamp, stepID: String, stepName: String, options: RawJSON?) {
        self.createdAt = createdAt
        self.stepID = stepID
        self.stepName = stepName
        self.options = options
    }
}

extension JobDetail {
    /// The waits of one run with the same text here are one: the first of their events ends them all.
    package var anyGroup: String? { options?["any"]?.string }
}

/// A next action of a run that is not finished. A run has as many as it has parallel branches, and never none.
package struct JobRow: Sendable, Hashable {
    package var core: JobCore
    package var detail: JobDetail

    package init(core: JobCore, detail: JobDetail) {
        self.core = core
        self.detail = detail
    }
}

/// What a waiting job waits for, in the form in which events look it up.
package struct WaitRow: Sendable, Hashable {
    package var jobKey: JobKey
    package var eventName: String
    /// The path into the event that must equal the value of `digest`, such as `data.id`; nil when no equality was found.
    package var path: [String]?
    package var digest: Digest?
    /// What is left of the expression; nil when the equality, or nothing, is all of it.
    package var residual: String?
    /// The event that has ended the wait, while its result is still to be recorded: its run was not in memory.
    package var matchedEvent: EventKey?
    /// The newest event when the wait was registered: no event up to this one ends it.
    package var afterEvent: EventKey
    /// Events count that were received from this time on, until they have been looked at.
    package var looksBackTo: Timestamp?

    package init(
        jobKey: JobKey, eventName: String, path: [String]?, digest: Digest?, residual: String?,
        matchedEvent: EventKey? = nil, afterEvent: EventKey = EventKey(0), looksBackTo: Timestamp? = nil
    ) {
        self.looksBackTo = looksBackTo
        self.jobKey = jobKey
        self.eventName = eventName
        self.path = path
        self.digest = digest
        self.residual = residual
        self.matchedEvent = matchedEvent
        self.afterEvent = afterEvent
    }
}

/// How far a rate limit has been used, as in ``ThrottleRow``.
package struct RateLimitRow: Sendable, Hashable {
    package var functionKey: FunctionKey
    package var keyHash: UInt64
    /// On the engine's clock.
    package var arrivalMicroseconds: Int64

    package init(functionKey: FunctionKey, keyHash: UInt64, arrivalMicroseconds: Int64) {
        self.functionKey = functionKey
        self.keyHash = keyHash
        self.arrivalMicroseconds = arrivalMicroseconds
    }
}

/// How far a schedule has come.
package struct CronRow: Sendable, Hashable {
    package var functionKey: FunctionKey
    /// As the function declares it.
    package var expression: String
    /// The last tick that has fired or was passed over, on the wall clock.
    package var lastTick: Timestamp

    package init(functionKey: FunctionKey, expression: String, lastTick: Timestamp) {
        self.functionKey = functionKey
        self.expression = expression
        self.lastTick = lastTick
    }
}

/// How far a throttle has been used: the theoretical arrival time of the generic cell rate algorithm.
package struct ThrottleRow: Sendable, Hashable {
    package var functionKey: FunctionKey
    package var keyHash: UInt64
    /// On the engine's clock, in microseconds, since periods are divided by limits.
    package var arrivalMicroseconds: Int64

    package init(functionKey: FunctionKey, keyHash: UInt64, arrivalMicroseconds: Int64) {
        self.functionKey = functionKey
        self.keyHash = keyHash
        self.arrivalMicroseconds = arrivalMicroseconds
    }
}
