import StepwellModel

/// How far back a wait for an event looks.
package enum LookBack: Sendable, Hashable {
    /// To the event that started the run.
    case runStart
    /// So long before the wait.
    case span(Milliseconds)
    /// To that date.
    case date(Timestamp)
}

/// Events that came before a wait for them: those of one name within a window, the oldest first.
package struct LookBackRequest: Sendable, Hashable {
    package var eventName: String
    /// Received at this time or later.
    package var from: Timestamp
    /// With a higher key than this one.
    package var after: EventKey
    /// With this key or a lower one: what came later, the wait has seen itself.
    package var upTo: EventKey
    /// The event that started this run is left out.
    package var run: RunKey

    package init(eventName: String, from: Timestamp, after: EventKey, upTo: EventKey, run: RunKey) {
        self.eventName = eventName
        self.from = from
        self.after = after
        self.upTo = upTo
        self.run = run
    }

    /// Events that are read at a time, and about how many bytes.
    package static let eventsMax = 100
    package static let bytesMax = 1 << 20
}
