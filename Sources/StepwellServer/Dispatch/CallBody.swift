import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire

/// The request that carries an order out (PROTOCOL §3.1).
enum CallBody {
    /// Beyond this size of all results, an SDK fetches them: what is left of a body must hold the rest.
    private static let stateBytesMax = CallRequest.bytesMax - 1_024

    static func bytes(of order: CallOrder) -> [UInt8] {
        let request = request(of: order)
        if order.stateBytes <= stateBytesMax {
            let whole = request.bytes
            if whole.count <= CallRequest.bytesMax { return whole }
        }
        let withEvents = request.reducedBytes(keepingEvents: true)
        return withEvents.count <= CallRequest.bytesMax ? withEvents : request.reducedBytes(keepingEvents: false)
    }

    private static func request(of order: CallOrder) -> CallRequest {
        let job = order.jobKey.value.description
        let context = CallRequest.Context(
            functionID: order.function.blueprint.id.description, runID: order.runID.description,
            stepID: order.stepID ?? CallRequest.discoveryStepID, attempt: order.attempt,
            attemptsMax: order.function.attemptsMax, stack: order.steps.map(\.id), stackCurrent: order.cause,
            queueItemID: job, requestID: requestID(of: order), generation: order.generation, jobID: job,
            disablesImmediateExecution: order.forcesStepPlan)
        var steps = order.steps.map { CallRequest.Step(id: $0.id, memo: $0.memo) }
        if let input = order.input { steps.append(.init(id: input.stepID, memo: Memo.input(input.arguments))) }
        return CallRequest(
            context: context, events: [order.event] + order.otherEvents, steps: steps,
            deferred: order.defers.map { ($0.id, $0.isAbortable) }, version: order.requestVersion)
    }

    static func headers(of order: CallOrder, kind: ServerKind) -> HTTPHeaders {
        [
            "Content-Type": "application/json",
            Header.serverKind: kind.rawValue,
            Header.run: order.runID.description,
            Header.requestID: requestID(of: order),
            Header.generation: order.generation.description,
            Header.job: order.jobKey.value.description,
            Header.requestVersion: order.requestVersion.description,
            Header.step: order.stepID ?? CallRequest.discoveryStepID,
            Header.account: "00000000-0000-4000-a000-000000000000",
        ]
    }

    /// The same for the same dispatch, another for every other one.
    private static func requestID(of order: CallOrder) -> String {
        let low = UInt64(bitPattern: order.jobKey.value) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(bitPattern: order.generation)
        return ULID(time: order.runID.time, entropyHigh: UInt16(truncatingIfNeeded: order.generation), entropyLow: low)
            .description
    }

    /// What is signed: SDKs make the canonical form anew from what they parsed. Where that form would lose digits of a
    /// number, the body keeps them for SDKs that can read them.
    static func signedForm(of body: [UInt8]) -> [UInt8] {
        CanonicalJSON(RawJSON(validated: body)).json.bytes
    }
}
