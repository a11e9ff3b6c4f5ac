import StepwellModel

/// What an operator asks for when work on many runs begins.
package struct BulkRequest: Sendable, Hashable {
    package var action: BulkAction
    package var filter: BulkFilter
    /// Runs a second at most, at least 1; nil for as many as go.
    package var rate: Int?
    /// Runs up to this key are too old to match.
    package var after: RunKey
    /// Runs beyond this key are too new to match; nil for none.
    package var through: RunKey?

    package init(action: BulkAction, filter: BulkFilter, rate: Int?, after: RunKey, through: RunKey?) {
        self.action = action
        self.filter = filter
        self.rate = rate
        self.after = after
        self.through = through
    }
}

/// A part of the runs that a filter matches, in the order of their keys.
package struct BulkPageRequest: Sendable, Hashable {
    /// Its condition is not looked at: whoever asked evaluates it on the events.
    package var filter: BulkFilter
    package var after: RunKey
    package var through: RunKey
    /// How many runs at most; at least 1.
    package var limit: Int
    /// Whether the runs come with their rows and events.
    package var readsRuns: Bool

    package init(filter: BulkFilter, after: RunKey, through: RunKey, limit: Int, readsRuns: Bool) {
        self.filter = filter
        self.after = after
        self.through = through
        self.limit = limit
        self.readsRuns = readsRuns
    }

    /// How many runs a page looks at at most: a store has other things to do than to look for runs among others.
    package static let looksMax = 1_000
    /// A page ends with the run whose events bring it to this size.
    package static let payloadBytesMax = 256 << 10
}

package struct BulkPage: Sendable, Hashable {
    package var runs: [BulkCandidate]
    /// Up to this key every run has been looked at.
    package var cursor: RunKey

    package init(runs: [BulkCandidate], cursor: RunKey) {
        self.runs = runs
        self.cursor = cursor
    }
}

/// A run that a filter has found, as the store knows it.
package struct BulkCandidate: Sendable, Hashable {
    package var key: RunKey
    /// With its events and without its steps and jobs; nil when it was not asked for.
    package var run: LoadedRun?

    package init(key: RunKey, run: LoadedRun? = nil) {
        self.key = key
        self.run = run
    }
}
