import StepwellModel

/// Requests that the server makes on a step's behalf.
///
/// Such a request is an action like a call: it waits in a lane, holds a slot of its function's limits while it is under way,
/// as a step that did the same in a worker would, and has the function's attempts. It holds no call to the app, since the
/// app takes no part; instead all such requests share a limit of their own.
extension Partition {
    func orderRequest(_ job: Job, _ detail: JobDetail, of state: RunState) {
        effects.append(
            .request(
                GatewayOrder(
                    generation: job.generation, runKey: state.run.key, stepID: detail.stepID,
                    isInference: job.kind == .aiGateway, attempt: Int(job.attempt),
                    options: detail.options ?? .emptyObject)))
    }

    /// Records what a request came to, and goes on with the run.
    func finishRequest(_ slot: Int32, memo: RawJSON, isError: Bool, _ dispatch: Dispatch) {
        let job = jobs[slot]
        guard job.kind.isGateway, let detail = runs[job.runSlot].state?.details[job.key] else {
            preconditionFailure("an answer to a request is given to something else")
        }
        let hasRoom = record(
            Recorded(
                id: detail.stepID, name: detail.stepName, kind: job.kind == .aiGateway ? .aiGateway : .gateway,
                startedAt: dispatch.startedAt, attempts: Int(job.attempt) + 1, isError: isError, memo: memo,
                options: detail.options.map(GatewayOptions.redacted)), in: job.runSlot)
        if hasRoom { goOn(after: slot) }
    }
}
