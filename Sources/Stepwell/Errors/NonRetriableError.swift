/// Thrown by a step or function to say that trying again cannot help.
///
/// In a step it is final for the step, and the function may catch it as a ``StepError``; in a function it fails the run.
public struct NonRetriableError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let message: String
    /// The error behind it, for the logs and the dashboard. Default: none.
    public let cause: (any Error)?

    /// An error that is not retried.
    public init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }

    /// The message.
    public var description: String { message }
}
