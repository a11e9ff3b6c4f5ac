import StepwellModel
import StepwellWire

/// What the worker reports of a step.
struct StepReport: Sendable {
    enum Kind: Sendable {
        /// It ran, with this result.
        case ran(RawJSON)
        /// It failed; it may be tried again unless the failure is final.
        case failed(ErrorReport, isFinal: Bool)
        /// It was found: to be run by a call of its own, or by the server.
        case found
    }

    let step: StepIdentity
    let operation: StepOperation
    let kind: Kind
    /// Whether each of several steps found together is followed up alone, rather than all together.
    let isRace: Bool
    /// What the step's body told of it, a list.
    var metadata: RawJSON?

    /// The report on the wire: PROTOCOL 3.5.
    var opcode: Opcode {
        var opcode = Opcode(
            opcodeKind, id: step.hash.hex, name: wireName, displayName: step.name, options: options,
            userland: Opcode.Userland(id: step.name, index: step.index), metadata: metadata)
        switch kind {
        case .ran(let data): opcode.data = data
        case .failed(let error, _): opcode.error = error.object
        case .found: break
        }
        return opcode
    }

    private var opcodeKind: Opcode.Kind {
        switch (kind, operation) {
        case (.ran, _): .stepRun
        case (.failed(_, isFinal: false), _): .stepError
        case (.failed(_, isFinal: true), _): .stepFailed
        case (.found, .run): .stepPlanned
        case (.found, .sleep): .sleep
        case (.found, .waitForEvent): .waitForEvent
        case (.found, .waitForSignal): .waitForSignal
        case (.found, .fetch): .gateway
        case (.found, .infer): .aiGateway
        case (.found, .invoke): .invokeFunction
        }
    }

    /// Some servers read a sleep's duration and a wait's event from here, others from the options: both are written.
    private var wireName: String {
        switch operation {
        case .sleep(let duration): duration
        case .waitForEvent(let name, _, _, _, _): name
        case .waitForSignal(let name, _, _): name
        case .run, .invoke, .fetch, .infer: step.name
        }
    }

    private var options: RawJSON {
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        switch operation {
        case .run(let type, let input):
            writer.member("type", "\(type)")
            writer.member(optional: "input", input)
        case .sleep(let duration): writer.member("duration", duration)
        case .waitForEvent(let name, let expression, let timeout, let since, let any):
            writer.member("event", name)
            writer.member(optional: "if", expression)
            writer.member("timeout", timeout)
            writer.member(optional: "since", since)
            writer.member(optional: "any", any)
        case .waitForSignal(let name, let timeout, let replaces):
            writer.member("signal", name)
            writer.member("timeout", timeout)
            writer.member("conflict", replaces ? "replace" : "fail")
        case .fetch(let request), .infer(let request):
            request.slice.forEachMember { name, value in
                writer.key(name.string)
                writer.raw(value)
            }
        case .invoke(let function, let payload, let timeout):
            writer.member("function_id", function)
            writer.member("payload", payload)
            writer.member(optional: "timeout", timeout)
        }
        if isRace { writer.member("parallelMode", "race") }
        writer.endObject()
        return writer.json
    }
}
