import StepwellModel

/// One operation that an SDK reports: a step that ran, a step that is wanted, a wait, the end (PROTOCOL §3.5).
package struct Opcode: Sendable, Hashable {
    /// The operation's kind; text that is not known here is kept, so that it can be refused by name.
    package enum Kind: Sendable, Hashable {
        case none, step, stepRun, stepError, stepFailed, stepPlanned, sleep, waitForEvent, waitForSignal
        case invokeFunction, aiGateway, gateway, runComplete, syncRunComplete, discoveryRequest, deferAdd, deferAbort
        case unknown(String)
    }

    /// The readable id and which repetition of it this is, from 0.
    package struct Userland: Sendable, Hashable {
        package var id: String
        package var index: Int

        package init(id: String, index: Int) {
            self.id = id
            self.index = index
        }
    }

    /// When an SDK worked on it: Unix time and duration in nanoseconds.
    package struct Timing: Sendable, Hashable {
        package var startNanoseconds: Int64
        package var durationNanoseconds: Int64

        package init(startNanoseconds: Int64, durationNanoseconds: Int64) {
            self.startNanoseconds = startNanoseconds
            self.durationNanoseconds = durationNanoseconds
        }
    }

    package var kind: Kind
    /// The hashed step id; empty only for `None`.
    package var id: String
    /// For `Sleep` and `WaitForEvent` of some SDKs the duration and the event; see ``duration`` and ``eventName``.
    package var name: String
    package var displayName: String?
    /// `opts` as it was sent; null and absence are one.
    package var options: RawJSON?
    /// The result, stored in canonical form unless that changes a number; nil when there is none.
    package var data: RawJSON?
    package var error: ErrorObject?
    package var userland: Userland?
    package var timing: Timing?
    package var metadata: RawJSON?

    package init(
        _ kind: Kind, id: String, name: String = "", displayName: String? = nil, options: RawJSON? = nil,
        data: RawJSON? = nil, error: ErrorObject? = nil, userland: Userland? = nil, timing: Timing? = nil,
        metadata: RawJSON? = nil
    ) {
        self.kind = kind
        self.id = id
        self.name = name
        self.displayName = displayName
        self.options = options
        self.data = data
        self.error = error
        self.userland = userland
        self.timing = timing
        self.metadata = metadata
    }

    /// What people call the step: its display name, else the id that the user gave, else `name`.
    package var title: String {
        for candidate in [displayName, userland?.id, name] {
            if let candidate, !candidate.isEmpty { return candidate }
        }
        return id
    }

    /// Rides along with others: does not count when operations are looked at for parallelism.
    package var isLazy: Bool { kind == .deferAdd || kind == .deferAbort }
}

extension Opcode.Kind {
    private static let names: [(String, Opcode.Kind)] = [
        ("None", .none), ("Step", .step), ("StepRun", .stepRun), ("StepError", .stepError), ("StepFailed", .stepFailed),
        ("StepPlanned", .stepPlanned), ("Sleep", .sleep), ("WaitForEvent", .waitForEvent),
        ("WaitForSignal", .waitForSignal), ("InvokeFunction", .invokeFunction), ("AIGateway", .aiGateway),
        ("Gateway", .gateway), ("RunComplete", .runComplete), ("SyncRunComplete", .syncRunComplete),
        ("DiscoveryRequest", .discoveryRequest), ("DeferAdd", .deferAdd), ("DeferAbort", .deferAbort),
    ]

    /// Reads the `op` of an operation, in any case.
    package init(_ text: String) {
        if let entry = Self.names.first(where: { $0.0 == text }) {
            self = entry.1
        } else {
            let lower = text.lowercased()
            self = Self.names.first { $0.0.lowercased() == lower }?.1 ?? .unknown(text)
        }
    }

    /// The server makes a request itself.
    package var isGateway: Bool { self == .gateway || self == .aiGateway }

    package var text: String {
        if case .unknown(let text) = self { return text }
        return Self.names.first { $0.1 == self }?.0 ?? ""
    }
}

// MARK: - What opts and name say

extension Opcode {
    package func option(_ name: String) -> JSONSlice? { options?[name].flatMap { $0.isNull ? nil : $0 } }

    package func textOption(_ name: String) -> String? { option(name)?.string }

    /// `Sleep`: the span or date, which newer SDKs put into `opts` and others into `name`.
    package var duration: String { textOption("duration") ?? name }

    /// `WaitForEvent`: the event's name, in `opts` or in `name`.
    package var eventName: String { textOption("event") ?? name }

    /// `WaitForEvent`: the expression that an event must fulfil.
    package var condition: String? { textOption("if").flatMap { $0.isEmpty ? nil : $0 } }

    /// Waits and invocations; the empty text means now, nil that none was given.
    package var timeout: String? { textOption("timeout") }

    /// `InvokeFunction`: the slug or id of the function.
    package var functionID: String? { textOption("function_id") }

    /// `InvokeFunction`: `{data, user?, v?, meta?, id?}`.
    package var payload: JSONSlice? { option("payload") }

    /// The arguments with which a step was called.
    package var input: JSONSlice? { option("input") }

    /// `opts.type`, such as `step.sendEvent`: what the step is for people.
    package var stepType: String? { textOption("type") }

    /// Siblings do not wait for each other: every completion is to be reported.
    package var isRace: Bool { textOption("parallelMode") == "race" }

    package var signal: String? { textOption("signal") }
}
