import Stepwell

extension Jobs {
    /// Waits up to an hour until another system has imported the child of a parent organisation.
    var followChildImport: Function<ParentImportStarted, ImportOutcome> {
        Function("follow-child-import", on: ParentImportStarted.self) { event, step in
            let child = try await step.waitForEvent(
                "wait-for-child", on: ChildCompleted.self, match: "data.parentId", timeout: .seconds(3_600))
            let outcome: ImportOutcome = child == nil ? .timedOut : .completed
            try await step.run("keep-outcome") { try organisations.set(outcome, of: event.data.parentId) }
            return outcome
        }
    }
}
