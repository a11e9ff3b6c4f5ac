import StepwellModel

/// Whether a function's runs may begin and go on, as an operator decided. The numbers are stored.
package enum FunctionState: UInt8, Sendable, Hashable, CaseIterable {
    /// As if nobody had ever decided anything. Can transition to paused, drained.
    case active = 0
    /// New runs are skipped, and no call is made for those that there are. Can transition to active, drained.
    case paused = 1
    /// New runs are skipped; those that there are go on to their end. Can transition to active, paused.
    case drained = 2
}

/// What an operator has decided about a function: it holds through restarts and registrations.
package struct FunctionStateRow: Sendable, Hashable {
    package var functionKey: FunctionKey
    package var state: FunctionState
    package var since: Timestamp

    package init(functionKey: FunctionKey, state: FunctionState, since: Timestamp) {
        self.functionKey = functionKey
        self.state = state
        self.since = since
    }
}
