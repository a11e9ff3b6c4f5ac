import StepwellModel
import StepwellStore

@testable import StepwellCore

/// Workers take calls and answer them, in any order, late, twice or with nonsense.
extension World {
    /// A worker takes a call: its body runs now, its answer comes whenever it comes.
    func workNext() {
        guard !calls.isEmpty else { return }
        let call = calls.remove(at: Int(random.next() % UInt64(calls.count)))
        let isAwaited = call.epoch == store.state.epoch
        if hasFaults && isAwaited && chance(20) {
            coverage.note("fault.unreachable")
            answers.append(Answer(order: call.order, epoch: call.epoch, outcome: .unreachable(message: "refused")))
            return
        }
        if !isAwaited { coverage.note("fault.staleCall") }
        let work = ScriptedWorker().work(on: call.order, at: moment)
        if let step = work.executed {
            ledger.executed(step, of: call.order, isAwaited: isAwaited, committed: store.state)
        }
        if let sent = work.sent { send(sent.name, id: sent.id) }
        answers.append(
            Answer(
                order: call.order, epoch: call.epoch,
                outcome: hasFaults ? broken(work.outcome, call.order) : work.outcome))
    }

    /// What a network, a proxy or a poor worker makes of an answer.
    private func broken(_ outcome: CallOutcome, _ order: CallOrder) -> CallOutcome {
        switch random.next() % 60 {
        case 0:
            coverage.note("fault.brokenCall")
            return .failed(error: RawJSON(#"{"message":"bad gateway"}"#), retry: .standard)
        case 1:
            coverage.note("fault.lostAnswer")
            return .failed(error: RawJSON(#"{"message":"timed out"}"#), retry: .at(.after(.seconds(7))))
        case 2:
            coverage.note("fault.emptyAnswer")
            return .operations([], requestVersion: 2)
        case 3:
            return .operations(
                [Operation(id: "", name: "", kind: .none, options: nil)], requestVersion: 2)
        case 4 where order.stepID == nil:
            return .operations([Operation(id: "again", name: "", kind: .discover, options: nil)], requestVersion: 2)
        case 5 where chance(4):
            return .failed(error: RawJSON(#"{"message":"never"}"#), retry: .never)
        case 6 where chance(4):
            return .operations(
                [Operation(id: "bad", name: "", kind: .invalid(error: .null), options: nil)], requestVersion: 2)
        default: return outcome
        }
    }

    /// An answer arrives, in any order, perhaps twice, perhaps at a process that never made the call.
    func answerNext() {
        guard !answers.isEmpty else { return }
        let index = Int(random.next() % UInt64(answers.count))
        var answer = answers[index]
        if hasFaults && chance(25) {
            coverage.note("fault.doubledAnswer")
        } else {
            answers.remove(at: index)
        }
        if answer.epoch != store.state.epoch { coverage.note("fault.lateAnswer") }
        noteFate(of: answer)
        if defect == .ignoresGenerations { answer.order.generation = liveGeneration(like: answer.order) }
        let isLive = partition.dispatches[answer.order.generation]?.job != nil
        if isLive, case .operations(let operations, _) = answer.outcome {
            // What is under way already goes on as it was first reported.
            let new = operations.filter { !isPending($0, of: answer.order) }
            ledger.reported(new, of: answer.order, at: moment, committed: store.state)
        }
        ledger.answered(answer.order.generation)
        apply(.answer(CallAnswer(generation: answer.order.generation, outcome: answer.outcome)))
    }

    private func isPending(_ operation: StepwellCore.Operation, of order: CallOrder) -> Bool {
        guard let slot = partition.runSlots[order.runKey], let state = partition.runs[slot].state else { return false }
        return partition.jobSlots(ofRun: slot).contains {
            state.details[partition.jobs[$0].key]?.stepID == operation.id
        }
    }

    private func liveGeneration(like order: CallOrder) -> Int64 {
        let live = partition.dispatches.values.filter { $0.job.flatMap { partition.find($0) }?.key == order.jobKey }
        return live.map(\.generation).max() ?? order.generation
    }

    /// A failure of the last attempt, or one that forbids another, may end the run.
    private func noteFate(of answer: Answer) {
        let isLast = answer.order.attempt + 1 >= answer.order.function.attemptsMax
        switch answer.outcome {
        case .failed(_, .never): ledger.allowFailure(of: answer.order.runID)
        case .failed: if isLast { ledger.allowFailure(of: answer.order.runID) }
        case .operations(let operations, _):
            let isEmpty = operations.allSatisfy(\.isNone)
            let isInvalid = operations.contains { $0.invalidity != nil }
            if isInvalid || (isEmpty && isLast) { ledger.allowFailure(of: answer.order.runID) }
        case .completed, .unreachable, .fetched: break
        }
    }
}
