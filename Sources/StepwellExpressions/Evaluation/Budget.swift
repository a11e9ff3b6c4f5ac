/// What is left of an evaluation's cost; running out ends the evaluation, past every `||` and `?:`.
struct Budget {
    private var left: Int
    private let max: Int

    init(_ max: Int) {
        left = max
        self.max = max
    }

    @inline(__always)
    mutating func spend(_ cost: Int = 1) throws(EvaluationError) {
        left -= cost
        if left < 0 { throw exhausted() }
    }

    /// The cost of looking at, or making, so many bytes.
    mutating func spend(bytes: Int) throws(EvaluationError) { try spend(bytes >> 6) }

    private func exhausted() -> EvaluationError {
        EvaluationError(
            .tooExpensive, "the expression needs more than \(max) steps; make it simpler or its input smaller")
    }
}
