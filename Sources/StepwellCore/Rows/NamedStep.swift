/// A step that a run has got to, whether or not it has a result, as people name it.
package struct NamedStep: Sendable, Hashable {
    package var id: String
    package var name: String
    /// Nil when it has no result, and no action of which the kind is known: then it was tried, which only what takes input is.
    package var kind: StepKind?

    package init(id: String, name: String, kind: StepKind? = nil) {
        self.id = id
        self.name = name
        self.kind = kind
    }

    /// A step that a run has not got past.
    ///
    /// - Parameter job: The kind of the action that is to bring its result; nil when there is none.
    package init(id: String, name: String?, job: JobKind?) {
        self.init(id: id, name: name ?? id, kind: job?.stepKind)
    }

    package init(_ step: StepRow) { self.init(id: step.id, name: step.name, kind: step.kind) }

    /// Whether it can run with other arguments: sleeps and waits are called with nothing that could be another.
    package var takesInput: Bool {
        switch kind {
        case .run, .invoke, .gateway, .aiGateway, nil: true
        case .sleep, .waitForEvent, .waitForSignal: false
        }
    }

    /// What a name leads to.
    package enum Choice: Sendable, Hashable {
        case one(NamedStep)
        case none
        /// Several steps have the name: only an id tells them apart.
        case several([NamedStep])
    }

    /// The step that is meant: by its id, or by its name when that is the name of one step alone.
    package static func choose(_ named: String, from steps: [NamedStep]) -> Choice {
        if let step = steps.first(where: { $0.id == named }) { return .one(step) }
        let candidates = steps.filter { $0.name == named }
        guard let step = candidates.first else { return .none }
        return candidates.count == 1 ? .one(step) : .several(candidates)
    }
}

extension JobKind {
    /// The kind of the step that has its result from such an action; nil when none has.
    fileprivate var stepKind: StepKind? {
        switch self {
        case .step: .run
        case .sleep: .sleep
        case .waitForEvent: .waitForEvent
        case .waitForSignal: .waitForSignal
        case .invoke: .invoke
        case .gateway: .gateway
        case .aiGateway: .aiGateway
        case .start, .discover, .startTimeout, .finishTimeout, .cancelOn, .debounce, .batch: nil
        }
    }
}
