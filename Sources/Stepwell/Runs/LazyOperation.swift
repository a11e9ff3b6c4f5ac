import StepwellModel
import StepwellWire
import Synchronization

/// What rides with a reply, and is no step: a function is deferred, or taken back. PROTOCOL 3.5.
struct LazyOperation: Sendable {
    let hash: StepHash
    let opcode: Opcode
    /// The deferred function that is taken back.
    var target: StepHash?

    init(deferring step: StepIdentity, function: String, input: RawJSON) {
        hash = step.hash
        var options = JSONWriter(capacity: input.count + 64)
        options.beginObject()
        options.member("fn_slug", function)
        options.member("input", input)
        options.endObject()
        opcode = Opcode(
            .deferAdd, id: step.hash.hex, name: step.name, displayName: step.name, options: options.json,
            userland: Opcode.Userland(id: step.name, index: step.index))
    }

    init(aborting step: StepIdentity) {
        let name = "abort \(step.hash.hex)"
        hash = StepHash(of: name)
        target = step.hash
        var options = JSONWriter()
        options.beginObject()
        options.member("target_hashed_id", step.hash.hex)
        options.endObject()
        opcode = Opcode(
            .deferAbort, id: hash.hex, name: name, displayName: step.name, options: options.json,
            userland: Opcode.Userland(id: name, index: 0))
    }

    /// Whether the server does not know of it yet.
    ///
    /// - Parameter known: what it has, and whether that can still be taken back.
    func isNews(to known: [StepHash: Bool]) -> Bool {
        if let target { return known[target] != false }
        return known[hash] == nil
    }
}

extension RunSession {
    /// Notes that a function is to run once this run has ended: the next reply says so.
    func `defer`(_ name: String, function: String, input: RawJSON) throws(StepwellError) -> StepIdentity {
        try checkOutsideOfSteps(name)
        return state.withLock { state in
            let step = StepIdentity(name: name, index: state.deferIndexNext[name, default: 0])
            state.deferIndexNext[name] = step.index + 1
            Self.add(LazyOperation(deferring: step, function: function, input: input), to: &state)
            return step
        }
    }

    func abort(_ step: StepIdentity) throws(StepwellError) {
        try checkOutsideOfSteps(step.name)
        state.withLock { Self.add(LazyOperation(aborting: step), to: &$0) }
    }

    private static func add(_ operation: LazyOperation, to state: inout State) {
        guard !state.lazies.contains(where: { $0.hash == operation.hash }) else { return }
        state.lazies.append(operation)
        state.byteCount += operation.opcode.options?.count ?? 0
    }

    /// What is done inside a step is not repeated, and so would be lost.
    private func checkOutsideOfSteps(_ name: String) throws(StepwellError) {
        guard let outer = StepScope.current else { return }
        throw StepwellError(
            .stepNested,
            "'\(name)' was deferred inside the body of step '\(outer.step.name)'. Do it outside of steps.")
    }
}

extension RunSession.State {
    /// What the next reply is to say beside its steps.
    var news: [Opcode] { lazies.filter { $0.isNews(to: knownDefers) }.map(\.opcode) }
}
