/// Thrown out of a waiting step when this process gives up its copy of a run: to make room, to stop, because the function
/// has ended without the step, or because the server's next call, such as another attempt, does not go on from where the
/// copy stands.
///
/// The run itself is unharmed: the server goes on with it elsewhere or later, by replaying the function. Let it pass.
/// Whatever the function returns, throws or swallows after it is ignored, but effects outside steps still happen: do not
/// undo work in a bare `catch`.
public struct RunInterrupted: Error, Sendable, Hashable, CustomStringConvertible {
    /// An interruption; useful in tests of code that must let one pass.
    public init() {}

    /// What happened, in words.
    public var description: String { "this process gave up its copy of the run; the server continues it" }
}
