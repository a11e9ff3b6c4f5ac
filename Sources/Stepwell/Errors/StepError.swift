/// The final failure of a step, once its retries are used up or it said that retrying cannot help.
///
/// A function that catches it goes on; one that lets it pass fails its run, without further retries. Catch this type by name:
///
/// ```swift
/// do {
///     try await step.run("enrich") { try await enrich(organisation) }
/// } catch let error as StepError {
///     step.log.warning("not enriched", ["reason": error.message])
/// }
/// ```
///
/// A bare `catch` would also see ``RunInterrupted``, which is no failure of the step.
public struct StepError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The step's id as it was given to `step.run`.
    public let stepID: String
    /// The type of the original error, such as `NotFound`.
    public let name: String
    /// What the original error said.
    public let message: String
    /// Where it came from, if the worker that ran the step told.
    public let stack: String?

    /// A failure; useful in tests of code that handles one.
    public init(stepID: String, name: String = "Error", message: String, stack: String? = nil) {
        self.stepID = stepID
        self.name = name
        self.message = message
        self.stack = stack
    }

    /// Step, name and message on one line.
    public var description: String { "step '\(stepID)' failed: \(name): \(message)" }
}
