import StepwellModel

/// Functions that an operator has paused or drained.
///
/// A paused function has a gate that nothing passes: its lanes wait there as they would for a slot, so its calls keep their
/// places and their attempts, and go on at once when the gate is opened.
extension Partition {
    func change(_ functions: [FunctionKey], to state: FunctionState, _ token: ReplyToken) {
        if let unknown = functions.first(where: { configuration.functions[$0] == nil }) {
            return reply(token, .refused(.unknownFunction("number \(unknown.value)")))
        }
        for function in functions where (functionStates[function]?.state ?? .active) != state {
            let row = FunctionStateRow(functionKey: function, state: state, since: now.engine)
            functionStates[function] = state == .active ? nil : row
            writes.append(.putFunctionState(row))
            // The lanes of a function that was paused see for themselves whether it still is.
            reopen(.pause(function))
        }
        reply(token, .functionStateChanged)
    }

    func isPaused(_ function: FunctionKey) -> Bool { functionStates[function]?.state == .paused }

    /// Why a new run of the function is skipped; nil when it may begin.
    func skipReason(of function: FunctionPlan) -> SkipReason? {
        switch functionStates[function.key]?.state {
        case .paused: .functionPaused
        case .drained: .functionDrained
        case .active, nil: nil
        }
    }
}
