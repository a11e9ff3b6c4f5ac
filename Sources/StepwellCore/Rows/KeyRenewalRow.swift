import StepwellModel

/// How far the keys of the runs have been evaluated again that there were when their functions' keys changed.
package struct KeyRenewalRow: Sendable, Hashable {
    package var functions: Set<FunctionKey>
    /// Up to this run all have the new keys.
    package var cursor: RunKey
    /// The last run that may have old ones: what is queued later has the new ones from the beginning.
    package var last: RunKey

    package init(functions: Set<FunctionKey>, cursor: RunKey, last: RunKey) {
        self.functions = functions
        self.cursor = cursor
        self.last = last
    }

    /// Whether the run is one of those that it has not come to.
    func isAhead(of run: RunKey, _ function: FunctionKey) -> Bool {
        cursor < run && run <= last && functions.contains(function)
    }
}
