import StepwellModel

/// How a step's body ended here, and what it told of the step.
struct StepOutcome: Sendable {
    let result: StepResult
    let metadata: RawJSON?
}

/// How a step's body ended here.
enum StepResult: Sendable {
    case success(RawJSON)
    case failure(ErrorReport)

    /// The largest result that the protocol carries. PROTOCOL 3.4.
    static let byteCountMax = 4 * 1_024 * 1_024

    init(_ output: RawJSON, of step: StepIdentity) {
        guard output.count > Self.byteCountMax else {
            self = .success(output)
            return
        }
        let error = StepwellError(
            .resultTooLarge,
            "step '\(step.name)' returned \(output.count) bytes of JSON; at most \(Self.byteCountMax) can be recorded. "
                + "Store the result elsewhere and return a reference to it.")
        self = .failure(ErrorReport(error, in: "step '\(step.name)'"))
    }

    var isSuccess: Bool {
        if case .success = self { return true }
        return false
    }

    var byteCount: Int {
        if case .success(let output) = self { return output.count }
        return 0
    }

    func opcodeKind(isLastAttempt: Bool) -> StepReport.Kind {
        switch self {
        case .success(let output): .ran(output)
        case .failure(let error): .failed(error, isFinal: error.isFinal || isLastAttempt)
        }
    }
}
