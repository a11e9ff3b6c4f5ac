/// A time limit as the protocol writes it: a span from now, or a date.
package enum Deadline: Sendable, Hashable {
    case span(Milliseconds)
    case date(Timestamp)

    /// Reads a date (tried first, from 10 characters on) or a duration (PROTOCOL §3.5, `Sleep`).
    package init(parsing text: String) throws(DurationError) {
        if let date = DateText.parse(text) {
            self = .date(date)
        } else {
            self = .span(try DurationText.parse(text))
        }
    }

    /// The time that is meant, counted from `now`.
    package func time(from now: Timestamp) -> Timestamp {
        switch self {
        case .span(let span): now + span
        case .date(let date): date
        }
    }

    /// The text that reads back as this.
    package var text: String {
        switch self {
        case .span(let span): DurationText.format(span)
        case .date(let date): DateText.format(date)
        }
    }
}
