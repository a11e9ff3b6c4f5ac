package import StepwellCore
package import StepwellModel

/// A function that an event has started no run of, with the names that people know.
package struct DroppedStart: Sendable, Hashable {
    package var functionSlug: String
    package var reason: DropReason
    /// The run of the debounce that went on without it.
    package var runID: ULID?

    package init(functionSlug: String, reason: DropReason, runID: ULID?) {
        self.functionSlug = functionSlug
        self.reason = reason
        self.runID = runID
    }
}
