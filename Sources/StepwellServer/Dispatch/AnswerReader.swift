import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire

/// Makes of a worker's HTTP answer what the engine understands (PROTOCOL §3.4, §3.5).
struct AnswerReader {
    let order: CallOrder
    let now: Timestamp
    /// How many steps a run may have.
    let stepsMax: Int

    func outcome(of response: HTTPClientResponse) -> CallOutcome {
        let answer = StepwellWire.CallAnswer(
            status: response.status.code, headers: { response.headers[$0] }, body: response.body, at: now)
        switch answer.outcome {
        case .complete(let output): return .completed(output: output)
        case .tooManyOperations:
            return .operations([overflow], requestVersion: answer.requestVersion)
        case .failed(let error, _): return .failed(error: error.json, retry: Self.retry(answer.retry))
        case .operations(let opcodes):
            let reader = OperationReader(
                event: EventView(name: "", payload: order.event), now: now, retry: Self.retry(answer.retry))
            do throws(StepwellWire.ErrorObject) {
                var operations: [StepwellCore.Operation] = []
                for opcode in opcodes { operations.append(try reader.operation(opcode)) }
                return .operations(operations, requestVersion: answer.requestVersion)
            } catch {
                return .failed(error: error.json, retry: .standard)
            }
        }
    }

    /// A plan that no run can hold fails its run in the words of the step limit.
    private var overflow: StepwellCore.Operation {
        let error = StepwellWire.ErrorObject(
            name: "InngestErrFunctionOverflowed",
            message: "The function run exceeded the step limit of \(stepsMax) steps.",
            error: "function has too many steps")
        return StepwellCore.Operation(
            id: "", name: "", kind: .invalid(error: error.json), options: nil, isRacing: false)
    }

    static func retry(_ retry: StepwellWire.CallAnswer.Retry) -> StepwellCore.Retry {
        switch retry {
        case .usual: .standard
        case .never: .never
        case .after(let span): .at(.after(span))
        }
    }
}
