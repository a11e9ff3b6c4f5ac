import StepwellModel

/// Why an event starts no run of a function that it concerns. The numbers are stored.
package enum DropReason: UInt8, Sendable, Hashable, CaseIterable {
    /// The function's rate limit or idempotency key allowed no more.
    case rateLimit = 0
    /// A later event took its place in a debounce.
    case replaced = 1
    /// A debounce had an event with a later time already.
    case outdated = 2
    /// An event with the same id had started the function within 24 hours.
    case repeatedID = 3
}

/// An event that starts no run of a function that it concerns.
package struct DroppedStartRow: Sendable, Hashable {
    package var eventKey: EventKey
    package var functionKey: FunctionKey
    package var reason: DropReason
    /// The run of the debounce that goes on without it.
    package var runKey: RunKey?

    package init(eventKey: EventKey, functionKey: FunctionKey, reason: DropReason, runKey: RunKey? = nil) {
        self.eventKey = eventKey
        self.functionKey = functionKey
        self.reason = reason
        self.runKey = runKey
    }
}
