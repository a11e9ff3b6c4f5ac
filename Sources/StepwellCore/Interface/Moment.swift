import StepwellModel

/// What the clocks showed when an input arrived. The engine has no clock of its own.
package struct Moment: Sendable, Hashable {
    /// Never goes back, also across restarts; spans of time are measured on it.
    package var engine: Timestamp
    /// What the machine believes the date to be; dates are compared with it.
    package var wall: Timestamp

    package init(engine: Timestamp, wall: Timestamp) {
        self.engine = engine
        self.wall = wall
    }

    /// Both clocks agree.
    package init(_ time: Timestamp) { self.init(engine: time, wall: time) }
}

/// When something is to happen.
package enum Deadline: Sendable, Hashable {
    /// A span from now, on the engine's clock.
    case after(Milliseconds)
    /// A date, on the wall clock.
    case at(Timestamp)

    package init(_ declared: StepwellModel.Deadline) {
        switch declared {
        case .span(let span): self = .after(span)
        case .date(let date): self = .at(date)
        }
    }
}
