import StepwellModel
import StepwellWire

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Thrown by a step or function to choose when it is tried again, in place of the server's back-off.
///
/// The server keeps the time within 1 second and 24 hours from now.
public struct RetryAfter: Error, Sendable, CustomStringConvertible {
    enum Moment: Sendable, Hashable {
        case span(Duration)
        case date(Date)
    }

    /// What went wrong.
    public let message: String
    let moment: Moment

    /// Asks for the next attempt after `delay`, 1 second to 24 hours.
    public init(_ delay: Duration, _ message: String = "asked to be tried again later") {
        self.message = message
        moment = .span(delay)
    }

    /// Asks for the next attempt at `date`, 1 second to 24 hours from now.
    public init(at date: Date, _ message: String = "asked to be tried again later") {
        self.message = message
        moment = .date(date)
    }

    /// The message.
    public var description: String { message }

    /// The value of the `Retry-After` header: whole seconds, rounded up, or a date. PROTOCOL 3.4.
    var header: String {
        switch moment {
        case .span(let span): StepwellWire.RetryAfter.header(Milliseconds(span))
        case .date(let date): DateText.format(Timestamp(date))
        }
    }
}
