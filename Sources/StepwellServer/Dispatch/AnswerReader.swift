import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire

/// Makes of a worker's HTTP answer what the engine understands (PROTOCOL §3.4, §3.5).
struct AnswerReader {
    let order: CallOrder
    let now: Timestamp

    func outcome(of response: HTTPClientResponse) -> CallOutcome {
        let answer = StepwellWire.CallAnswer(
            status: response.status.code, headers: { response.headers[$0] }, body: response.body, at: now)
        switch answer.outcome {
        case .complete(let output): return .completed(output: output)
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

    static func retry(_ retry: StepwellWire.CallAnswer.Retry) -> StepwellCore.Retry {
        switch retry {
        case .usual: .standard
        case .never: .never
        case .after(let span): .at(.after(span))
        }
    }
}
