/// A step that a run has got to, whether or not it has a result, as people name it.
package struct NamedStep: Sendable, Hashable {
    package var id: String
    package var name: String
    /// Nil when it has no result yet.
    package var kind: StepKind?

    package init(id: String, name: String, kind: StepKind? = nil) {
        self.id = id
        self.name = name
        self.kind = kind
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
