import StepwellModel

/// Where a run stands in its life. The numbers are stored.
package enum RunStatus: UInt8, Sendable, Hashable, CaseIterable {
    /// Accepted, and no call has been answered yet. Can transition to running, completed, failed, cancelled, and while its
    /// start is held back to skipped.
    case queued = 0
    /// At least one call was answered. Can transition to completed, failed, cancelled.
    case running = 1
    /// Ended with a result. Final.
    case completed = 2
    /// Ended with an error. Final.
    case failed = 3
    /// Ended by someone's wish, by an event or by a timeout. Final.
    case cancelled = 4
    /// Never begun, since another run was in its way: the output says why. Final.
    case skipped = 5

    package var isFinal: Bool { self != .queued && self != .running }

    package func canTransition(to next: RunStatus) -> Bool {
        switch (self, next) {
        case (.queued, .running), (.queued, .completed), (.queued, .failed), (.queued, .cancelled): true
        case (.queued, .skipped): true
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

/// The values of a function's limit keys for one event; nil where a rule has no key, or there is no rule.
package struct LimitKeys: Sendable, Hashable {
    /// In the order of the rules.
    package var concurrency: [String?]
    package var throttle: String?
    /// Of the limit on whole runs.
    package var run: String?
    /// Of which there may be one unfinished run: empty for a singleton without key, nil for none.
    package var singleton: String?
    /// Seconds by which the run's start comes before others that are as old.
    package var priority: Int

    package static let none = LimitKeys()

    package init(
        concurrency: [String?] = [], throttle: String? = nil, run: String? = nil, singleton: String? = nil,
        priority: Int = 0
    ) {
        self.concurrency = concurrency
        self.throttle = throttle
        self.run = run
        self.singleton = singleton
        self.priority = priority
    }
}

extension LimitKeys {
    /// The value of a key whose expression fails: all events for which it does share one limit.
    package static let invalid = "<invalid>"
    /// Bytes of a value that are kept with each of its runs; of a larger one its beginning, its size and its digest, which
    /// are as good for telling values apart.
    package static let valueBytesMax = 256

    static func kept(_ value: String) -> String {
        guard value.utf8.count > valueBytesMax, let digest = Digest(equalityValue: .string(value)) else { return value }
        var beginning = String.UnicodeScalarView()
        beginning.append(contentsOf: value.unicodeScalars.prefix(40))
        return "\(String(beginning))… (\(value.utf8.count) bytes, \(digest.hex))"
    }
}

/// What queues need to know of a run's limit keys without reading the run: hashes, 0 for no key.
package struct LimitHashes: Sendable, Hashable {
    /// Of the first two concurrency rules.
    package var concurrency1: UInt64 = 0
    package var concurrency2: UInt64 = 0
    package var throttle: UInt64 = 0
    package var run: UInt64 = 0
    /// Never 0 for a run that is a singleton.
    package var singleton: UInt64 = 0
    /// As in ``LimitKeys/priority``.
    package var priority: Int32 = 0

    package init() {}

    package init(_ keys: LimitKeys) {
        func hash(_ value: String?) -> UInt64 { value.map { Digest.limitKeyHash($0) } ?? 0 }
        concurrency1 = keys.concurrency.isEmpty ? 0 : hash(keys.concurrency[0])
        concurrency2 = keys.concurrency.count < 2 ? 0 : hash(keys.concurrency[1])
        throttle = hash(keys.throttle)
        run = hash(keys.run)
        singleton = hash(keys.singleton)
        priority = Int32(clamping: keys.priority)
    }
}
