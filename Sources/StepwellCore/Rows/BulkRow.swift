import StepwellModel

/// What bulk work does to each run that it finds. The numbers are stored.
package enum BulkAction: UInt8, Sendable, Hashable, CaseIterable {
    /// Ends it, unless it has ended by itself.
    case cancel = 0
    /// Starts a run that repeats it from its beginning.
    case rerun = 1
}

/// How far bulk work has come. The numbers are stored.
package enum BulkState: UInt8, Sendable, Hashable, CaseIterable {
    /// Can transition to completed, stopped.
    case running = 0
    /// All runs have been looked at. Final.
    case completed = 1
    /// An operator has stopped it before its end. Final.
    case stopped = 2
}

/// Which runs bulk work is about. All conditions must hold; one that is nil holds always.
package struct BulkFilter: Sendable, Hashable {
    package var functions: Set<FunctionKey>?
    package var statuses: Set<RunStatus>?
    /// Queued at this time or later.
    package var queuedFrom: Timestamp?
    /// Queued before this time.
    package var queuedUntil: Timestamp?
    /// An expression over `event`, the run's first.
    package var condition: String?

    package init(
        functions: Set<FunctionKey>? = nil, statuses: Set<RunStatus>? = nil, queuedFrom: Timestamp? = nil,
        queuedUntil: Timestamp? = nil, condition: String? = nil
    ) {
        self.functions = functions
        self.statuses = statuses
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

    /// Only runs that are not finished can match, of which there are few among many.
    package var isOfUnfinished: Bool { statuses.map { !$0.contains(where: \.isFinal) } ?? false }
}

/// Work on many runs, from the oldest on. It looks at each run that there was when it began once.
package struct BulkRow: Sendable, Hashable {
    package var id: ULID
    package var action: BulkAction
    package var state: BulkState
    package var filter: BulkFilter
    /// Runs a second at most; nil for as many as go.
    package var rate: Int?
    package var createdAt: Timestamp
    package var endedAt: Timestamp?
    package var progress: BulkProgress

    package init(
        id: ULID, action: BulkAction, state: BulkState, filter: BulkFilter, rate: Int?, createdAt: Timestamp,
        endedAt: Timestamp?, progress: BulkProgress
    ) {
        self.id = id
        self.action = action
        self.state = state
        self.filter = filter
        self.rate = rate
        self.createdAt = createdAt
        self.endedAt = endedAt
        self.progress = progress
    }
}

/// The part of bulk work that changes with each slice.
package struct BulkProgress: Sendable, Hashable {
    /// Runs up to this key came before the first that it may look at.
    package var first: RunKey
    /// Up to this key everything is done.
    package var cursor: RunKey
    /// The last run that it looks at: what is queued later is none of its business.
    package var last: RunKey
    /// Runs that the filter has found.
    package var found: Int
    /// Runs that the action was carried out on.
    package var done: Int
    /// Runs that it was refused for: their function is archived.
    package var refused: Int

    package init(first: RunKey, cursor: RunKey, last: RunKey, found: Int = 0, done: Int = 0, refused: Int = 0) {
        self.first = first
        self.cursor = cursor
        self.last = last
        self.found = found
        self.done = done
        self.refused = refused
    }
}
