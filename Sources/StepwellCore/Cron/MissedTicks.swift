import StepwellModel

/// What becomes of ticks whose time passed while no server ran.
package enum MissedTicks: Sendable, Hashable {
    /// None of them starts a run.
    case skip
    /// The last one starts a run.
    case one
    /// Each one that is not older than this starts a run.
    case all(within: Milliseconds)

    /// Reads `skip`, `one` or `all:SPAN`, such as `all:1h`; nil for anything else.
    package init?(_ text: String) {
        switch text {
        case "skip": self = .skip
        case "one": self = .one
        default:
            guard text.hasPrefix("all:"), let span = try? DurationText.parse(String(text.dropFirst(4))), span > .zero
            else { return nil }
            self = .all(within: span)
        }
    }

    /// The text that reads back as this.
    package var text: String {
        switch self {
        case .skip: "skip"
        case .one: "one"
        case .all(let span): "all:\(DurationText.format(span))"
        }
    }
}
