import StepwellModel

/// What a step asks for: a body to run here, or something that the server does. PROTOCOL 3.5.
enum StepOperation: Sendable {
    /// A closure to run in this process; `type` tells the dashboard which kind. `input` are its arguments, an array, if it
    /// takes some.
    case run(type: StaticString, input: RawJSON? = nil)
    /// A time to wait, as a duration or a date.
    case sleep(String)
    /// `since` is how far back it looks; the waits with the same `any` end with the first of their events.
    case waitForEvent(name: String, expression: String?, timeout: String, since: String? = nil, any: String? = nil)
    case waitForSignal(name: String, timeout: String, replaces: Bool)
    /// A request that the server makes: its options as they are sent.
    case fetch(RawJSON)
    /// As ``fetch(_:)``, to a provider of inference.
    case infer(RawJSON)
    case invoke(function: String, payload: RawJSON, timeout: String?)

    var isRun: Bool {
        if case .run = self { return true }
        return false
    }

    var kind: StaticString {
        switch self {
        case .run: "run"
        case .sleep: "sleep"
        case .waitForEvent: "wait for an event"
        case .waitForSignal: "wait for a signal"
        case .fetch: "fetch"
        case .infer: "inference"
        case .invoke: "invoke"
        }
    }
}
