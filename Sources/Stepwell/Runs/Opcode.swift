import StepwellModel

/// What the worker reports of a step: PROTOCOL 3.5.
struct Opcode: Sendable {
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

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("op", opcode)
        writer.member("id", step.hash.hex)
        writer.member("name", wireName)
        writer.member("displayName", step.name)
        writer.key("opts")
        writeOptions(to: &writer)
        switch kind {
        case .ran(let data): writer.member("data", data)
        case .failed(let error, _):
            writer.key("error")
            error.write(to: &writer)
        case .found: break
        }
        writer.key("userland")
        writer.beginObject()
        writer.member("id", step.name)
        writer.member("index", step.index)
        writer.endObject()
        writer.endObject()
    }

    private var opcode: String {
        switch (kind, operation) {
        case (.ran, _): "StepRun"
        case (.failed(_, isFinal: false), _): "StepError"
        case (.failed(_, isFinal: true), _): "StepFailed"
        case (.found, .run): "StepPlanned"
        case (.found, .sleep): "Sleep"
        case (.found, .waitForEvent): "WaitForEvent"
        case (.found, .invoke): "InvokeFunction"
        }
    }

    /// Servers read a sleep's duration and a wait's event from here, others from the options: both are written.
    private var wireName: String {
        switch operation {
        case .sleep(let duration): duration
        case .waitForEvent(let name, _, _): name
        case .run, .invoke: step.name
        }
    }

    private func writeOptions(to writer: inout JSONWriter) {
        writer.beginObject()
        switch operation {
        case .run(let type): writer.member("type", "\(type)")
        case .sleep(let duration): writer.member("duration", duration)
        case .waitForEvent(let name, let expression, let timeout):
            writer.member("event", name)
            writer.member(optional: "if", expression)
            writer.member("timeout", timeout)
        case .invoke(let function, let payload, let timeout):
            writer.member("function_id", function)
            writer.member("payload", payload)
            writer.member(optional: "timeout", timeout)
        }
        if isRace { writer.member("parallelMode", "race") }
        writer.endObject()
    }
}
