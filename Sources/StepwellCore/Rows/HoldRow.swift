import StepwellModel

/// A start that is held back while events come in: a debounce or a batch that is open.
package struct HoldRow: Sendable, Hashable {
    /// The job that ends it.
    package var jobKey: JobKey
    package var keyHash: UInt64
    /// What the rule's key came to; nil for a rule without one.
    package var key: String?
    /// When a debounce ends at the latest, on the engine's clock; nil for a batch, and without a timeout.
    package var deadline: Timestamp?
    package var progress: HoldProgress

    package init(jobKey: JobKey, keyHash: UInt64, key: String?, deadline: Timestamp?, progress: HoldProgress) {
        self.jobKey = jobKey
        self.keyHash = keyHash
        self.key = key
        self.deadline = deadline
        self.progress = progress
    }
}

/// The part of a hold that changes with each event.
package struct HoldProgress: Sendable, Hashable {
    /// The time that the newest event bears: a debounce ignores older ones.
    package var eventTime: Timestamp
    /// How many have come: for a batch all of them, for a debounce those that took their turn.
    package var events: Int
    /// Of the payloads that the run will have.
    package var bytes: Int

    package init(eventTime: Timestamp, events: Int, bytes: Int) {
        self.eventTime = eventTime
        self.events = events
        self.bytes = bytes
    }
}
