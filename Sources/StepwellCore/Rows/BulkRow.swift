import StepwellModel

/// What bulk work does to each run or event that it finds. The numbers are stored.
package enum BulkAction: UInt8, Sendable, Hashable, CaseIterable {
    /// Ends a run, unless it has ended by itself.
    case cancel = 0
    /// Starts a run that repeats another one, from its beginning or from a step.
    case rerun = 1
    /// Sends an event once more.
    case resend = 2
}

/// How far bulk work has come. The numbers are stored.
package enum BulkState: UInt8, Sendable, Hashable, CaseIterable {
    /// Can transition to completed, stopped.
    case running = 0
    /// All runs have been looked at. Final.
    case completed = 1
    /// An operator has stopped it before its end. Final.
    case stopped = 2
    /// It has acted on as many as it was allowed to, and there may be more. Final.
    case limitReached = 3
}

/// Who has asked for bulk work, and in which words. The numbers are stored.
package enum BulkOrigin: UInt8, Sendable, Hashable, CaseIterable {
    /// An operator. Final.
    case `operator` = 0
    /// A cancellation of the published API. Can transition to withdrawnCancellation.
    case cancellation = 1
    /// A cancellation that was deleted: what it has done stays done. Final.
    case withdrawnCancellation = 2
}

/// From where bulk work repeats each run.
package struct BulkStart: Sendable, Hashable {
    /// A step's name, or its id: which step that is, each run says.
    package var step: String
    /// What the step is to run with, an array; nil for what the function says.
    package var input: RawJSON?

    package init(step: String, input: RawJSON? = nil) {
        self.step = step
        self.input = input
    }
}

/// Which runs or events bulk work is about. All conditions must hold; one that is nil holds always.
package struct BulkFilter: Sendable, Hashable {
    package var functions: Set<FunctionKey>?
    package var statuses: Set<RunStatus>?
    /// Of events, their names. The server's own are never among them.
    package var eventNames: Set<String>?
    /// Queued, or received, at this time or later.
    package var queuedFrom: Timestamp?
    /// Queued, or received, before this time.
    package var queuedUntil: Timestamp?
    /// An expression over `event`: itself, or the run's first.
    package var condition: String?

    package init(
        functions: Set<FunctionKey>? = nil, statuses: Set<RunStatus>? = nil, eventNames: Set<String>? = nil,
        queuedFrom: Timestamp? = nil, queuedUntil: Timestamp? = nil, condition: String? = nil
    ) {
        self.functions = functions
        self.statuses = statuses
        self.eventNames = eventNames
        self.queuedFrom = queuedFrom
        self.queuedUntil = queuedUntil
        self.condition = condition
    }

    /// What the conditions on a run are about.
    package struct Facts: Sendable {
        package var functionKey: FunctionKey
        package var status: RunStatus
        package var queuedAt: Timestamp

        package init(functionKey: FunctionKey, status: RunStatus, queuedAt: Timestamp) {
            self.functionKey = functionKey
            self.status = status
            self.queuedAt = queuedAt
        }
    }

    /// Whether all but the condition on the event hold.
    package func matches(_ run: Facts) -> Bool {
        functions?.contains(run.functionKey) ?? true && statuses?.contains(run.status) ?? true
            && queuedFrom.map { run.queuedAt >= $0 } ?? true && queuedUntil.map { run.queuedAt < $0 } ?? true
    }

    package func matches(_ run: RunRow) -> Bool {
        matches(Facts(functionKey: run.functionKey, status: run.status, queuedAt: run.queuedAt))
    }

    /// Whether all but the condition on the event hold for an event.
    package func matches(eventNamed name: String, receivedAt time: Timestamp) -> Bool {
        !ReceivedEvent.isReserved(name) && eventNames?.contains(name) ?? true
            && queuedFrom.map { time >= $0 } ?? true && queuedUntil.map { time < $0 } ?? true
    }

    /// Only runs that are not finished can match, of which there are few among many.
    package var isOfUnfinished: Bool { statuses.map { !$0.contains(where: \.isFinal) } ?? false }
}

/// Work on many runs or events, from the oldest on. It looks at each that there was when it began once.
package struct BulkRow: Sendable, Hashable {
    package var id: ULID
    package var action: BulkAction
    package var state: BulkState
    package var filter: BulkFilter
    /// Runs or events a second at most; nil for as many as go.
    package var rate: Int?
    package var createdAt: Timestamp
    package var endedAt: Timestamp?
    package var progress: BulkProgress
    /// On how many it acts at most; nil for all that it finds.
    package var limit: Int?
    /// From where runs are repeated; nil for the whole of each.
    package var start: BulkStart?
    package var origin: BulkOrigin

    package init(
        id: ULID, action: BulkAction, state: BulkState, filter: BulkFilter, rate: Int?, createdAt: Timestamp,
        endedAt: Timestamp?, progress: BulkProgress, limit: Int? = nil, start: BulkStart? = nil,
        origin: BulkOrigin = .operator
    ) {
        self.id = id
        self.action = action
        self.state = state
        self.filter = filter
        self.rate = rate
        self.createdAt = createdAt
        self.endedAt = endedAt
        self.progress = progress
        self.limit = limit
        self.start = start
        self.origin = origin
    }
}

/// The part of bulk work that changes with each slice. Its keys are those of runs, or of events where these are sent again.
package struct BulkProgress: Sendable, Hashable {
    /// What is up to this key came before the first that it may look at.
    package var first: Int64
    /// Up to this key everything is done.
    package var cursor: Int64
    /// The last that it looks at: what comes later is none of its business.
    package var last: Int64
    /// Runs or events that the filter has found.
    package var found: Int
    /// Those that the action was carried out on.
    package var done: Int
    /// Those that it was refused for: the function is archived, or the run has no such step.
    package var refused: Int

    package init(first: Int64, cursor: Int64, last: Int64, found: Int = 0, done: Int = 0, refused: Int = 0) {
        self.first = first
        self.cursor = cursor
        self.last = last
        self.found = found
        self.done = done
        self.refused = refused
    }
}
