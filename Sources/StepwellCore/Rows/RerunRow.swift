import StepwellModel

/// Says that a run repeats another one. Written with the run, never changed.
package struct RerunRow: Sendable, Hashable {
    package var runKey: RunKey
    package var originalID: ULID
    /// The step from which it repeats it, by the SDK's hashed id: those before it came with the run. Nil for the whole run.
    package var stepID: String?
    /// What that step is to run with, an array; nil for what the function says.
    package var input: RawJSON?
    /// The bulk work that repeats it; nil when it was asked for alone.
    package var bulkID: ULID?

    package init(
        runKey: RunKey, originalID: ULID, stepID: String? = nil, input: RawJSON? = nil, bulkID: ULID? = nil
    ) {
        self.runKey = runKey
        self.originalID = originalID
        self.stepID = stepID
        self.input = input
        self.bulkID = bulkID
    }
}

extension RerunRow {
    /// What the SDK is to be told of a step that has no result yet.
    ///
    /// - Parameter recorded: Says of a step whether it has its result.
    package func pendingInput(unless recorded: (String) -> Bool) -> StepInput? {
        guard let stepID, let input, !recorded(stepID) else { return nil }
        return StepInput(stepID: stepID, arguments: input)
    }
}
