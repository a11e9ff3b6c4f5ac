import StepwellModel

/// Where a run stands in its life. The numbers are stored.
package enum RunStatus: UInt8, Sendable, Hashable, CaseIterable {
    /// Accepted, and no call has been answered yet. Can transition to running, completed, failed, cancelled.
    case queued = 0
    /// At least one call was answered. Can transition to completed, failed, cancelled.
    case running = 1
    /// Ended with a result. Final.
    case completed = 2
    /// Ended with an error. Final.
    case failed = 3
    /// Ended by someone's wish. Final.
    case cancelled = 4

    package var isFinal: Bool { self != .queued && self != .running }

    package func canTransition(to next: RunStatus) -> Bool {
        switch (self, next) {
        case (.queued, .running), (.queued, .completed), (.queued, .failed), (.queued, .cancelled): true
        case (.running, .completed), (.running, .failed), (.running, .cancelled): true
        default: false
        }
    }
}

/// One execution of a function for one event.
package struct RunRow: Sendable, Hashable {
    package var key: RunKey
    package var id: ULID
    package var functionKey: FunctionKey
    package var functionVersion: Int
    package var eventKey: EventKey
    package var status: RunStatus
    package var queuedAt: Timestamp
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// The protocol version that the SDK's first answer named; -1 until then, and pinned from then on.
    package var requestVersion: Int
    /// The SDK must report new steps instead of running them, since steps of this run are in parallel.
    package var forcesStepPlan: Bool
    /// What the function's limit keys evaluated to for this run's event.
    package var limitKeys: LimitKeys
    /// `<parent run>.<step>` when another run invoked this one.
    package var correlationID: String?
    /// The function's result, or its error object.
    package var output: RawJSON?

    package init(
        key: RunKey, id: ULID, functionKey: FunctionKey, functionVersion: Int, eventKey: EventKey, status: RunStatus,
        queuedAt: Timestamp, startedAt: Timestamp?, endedAt: Timestamp?, requestVersion: Int, forcesStepPlan: Bool,
        limitKeys: LimitKeys, correlationID: String?, output: RawJSON?
    ) {
        self.key = key
        self.id = id
        self.functionKey = functionKey
        self.functionVersion = functionVersion
        self.eventKey = eventKey
        self.status = status
        self.queuedAt = queuedAt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.requestVersion = requestVersion
        self.forcesStepPlan = forcesStepPlan
        self.limitKeys = limitKeys
        self.correlationID = correlationID
        self.output = output
    }
}

/// The values of a function's limit keys for one event, in the order of its rules; nil where a rule has no key.
package struct LimitKeys: Sendable, Hashable {
    package var concurrency: [String?]
    package var throttle: String?

    package static let none = LimitKeys(concurrency: [], throttle: nil)

    package init(concurrency: [String?], throttle: String?) {
        self.concurrency = concurrency
        self.throttle = throttle
    }
}
