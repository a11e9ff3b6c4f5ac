package import StepwellCore
package import StepwellModel

/// A run with the names that people know it by.
package struct RunRecord: Sendable, Hashable {
    /// Its output is nil when the query did not ask for it.
    package var run: RunRow
    package var functionSlug: String
    package var appName: String
    /// The event that started it; nil when the event is no longer kept.
    package var eventID: ULID?
    package var eventName: String?
    /// Set when the run repeats another one.
    package var rerun: RerunRow?
    /// Set when its event repeats another one.
    package var resend: ResendRow?

    package init(
        run: RunRow, functionSlug: String, appName: String, eventID: ULID?, eventName: String?, rerun: RerunRow? = nil,
        resend: ResendRow? = nil
    ) {
        self.run = run
        self.functionSlug = functionSlug
        self.appName = appName
        self.eventID = eventID
        self.eventName = eventName
        self.rerun = rerun
        self.resend = resend
    }
}

/// A run's next action and, when it is a wait, what it waits for, or when it holds the start back, for which events.
package struct PendingAction: Sendable, Hashable {
    package var job: JobRow
    package var wait: WaitRow?
    package var hold: HoldRow?

    package init(job: JobRow, wait: WaitRow?, hold: HoldRow? = nil) {
        self.job = job
        self.wait = wait
        self.hold = hold
    }
}

/// How many runs a function has in a status.
package struct RunCount: Sendable, Hashable {
    package var functionKey: FunctionKey
    package var status: RunStatus
    package var runs: Int

    package init(functionKey: FunctionKey, status: RunStatus, runs: Int) {
        self.functionKey = functionKey
        self.status = status
        self.runs = runs
    }
}
