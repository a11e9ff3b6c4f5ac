import StepwellModel

/// What an expression sees: its variables, the time, and how much it may cost.
package struct Scope: Sendable {
    /// The event that started the run, or the one that a trigger looks at. Nil: everything under it is unknown.
    package var event: JSONValue?
    /// The event that a wait or a cancellation looks at.
    package var async: JSONValue?
    /// Variables of the environment.
    package var vars: JSONValue?
    /// What `now()` gives.
    package var now: Timestamp
    /// The evaluation's budget in steps: one for each part that is evaluated, element that is looked at, 64 bytes of text
    /// that are compared or made, or 8 steps of a regular expression. The default is some milliseconds' worth.
    package var costMax: Int

    package static let costMaxDefault = 100_000

    package init(
        event: JSONValue? = nil, async: JSONValue? = nil, vars: JSONValue? = nil, now: Timestamp,
        costMax: Int = Scope.costMaxDefault
    ) {
        self.event = event
        self.async = async
        self.vars = vars
        self.now = now
        self.costMax = costMax
    }
}
