import StepwellModel

/// Functions that run once this one has ended.
///
/// They are reported beside other operations and never fail a run: what breaks a limit is noted as rejected, so that the SDK
/// need not report it again, and has no further effect.
extension Partition {
    /// Of one run. Source of the limits: PROTOCOL, section 3.5.
    static let defersMax = 20
    /// Bytes of one input, and of all inputs of a run.
    static let deferBytesMax = 4 << 20
    static let deferNoteBytesMax = 32 << 10
    /// Rejected ones that are noted; more are passed over.
    static let rejectedDefersMax = 1_000

    /// Carries out what rides with other operations.
    ///
    /// - Returns: Whether any of it was new.
    func noteDefers(_ operations: [Operation], of runSlot: Int32) -> Bool {
        var isNews = false
        for operation in operations {
            switch operation.kind {
            case .deferAdd(let function, let input, let note):
                if add(operation.id, function, input, note, to: runSlot) { isNews = true }
            case .deferAbort(let target): if abortDefer(target, of: runSlot) { isNews = true }
            default: break
            }
        }
        return isNews
    }

    private func add(_ id: String, _ function: String, _ input: RawJSON, _ note: RawJSON?, to runSlot: Int32) -> Bool {
        guard let state = runs[runSlot].state, !state.defers.contains(where: { $0.id == id }) else { return false }
        let accepted = state.defers.filter { $0.status != .rejected }
        let bytes = accepted.reduce(input.count) { $0 + ($1.input?.count ?? 0) }
        let isAccepted =
            accepted.count < Self.defersMax && bytes <= Self.deferBytesMax && input.kind == .object
            && !function.isEmpty && (note?.count ?? 0) <= Self.deferNoteBytesMax
        if !isAccepted && state.defers.count - accepted.count >= Self.rejectedDefersMax { return false }
        let row = DeferRow(
            runKey: state.run.key, position: state.defers.count, id: id, function: function,
            status: isAccepted ? .scheduled : .rejected, input: isAccepted ? input : nil,
            note: isAccepted ? note : nil)
        state.defers.append(row)
        writes.append(.insertDefer(row))
        touch(state, runSlot)
        noteChange(of: state.run.key)
        return true
    }

    private func abortDefer(_ id: String, of runSlot: Int32) -> Bool {
        guard let state = runs[runSlot].state,
            let place = state.defers.firstIndex(where: { $0.id == id && $0.status == .scheduled })
        else { return false }
        state.defers[place].status = .aborted
        writes.append(.abortDefer(state.run.key, position: place))
        touch(state, runSlot)
        noteChange(of: state.run.key)
        return true
    }

    /// The run has ended: what it deferred begins, by an event for each, whatever the end was.
    func scheduleDefers(of state: RunState) {
        guard let function = configuration.functions[state.run.functionKey],
            let app = configuration.apps[function.appKey]
        else { return }
        for row in state.defers where row.status == .scheduled {
            emit(
                InternalEvent.deferred, id: "\(state.run.id)-\(row.id)",
                data: InternalEvent.deferred(row, by: state.run, of: function, app: app))
        }
    }
}
