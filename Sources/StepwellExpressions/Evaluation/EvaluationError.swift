/// Why an expression has no value for a given scope.
package struct EvaluationError: Error, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// An operation failed, or a condition came to something other than true or false.
        case failed
        /// The evaluation went past ``Scope/costMax`` and was stopped.
        case tooExpensive
    }

    package let kind: Kind
    package let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
