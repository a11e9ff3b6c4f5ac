import StepwellModel

/// What an operator asks for when work on many runs or events begins.
package struct BulkRequest: Sendable, Hashable {
    package var action: BulkAction
    package var filter: BulkFilter
    /// Runs or events a second at most, at least 1; nil for as many as go.
    package var rate: Int?
    /// On how many it acts at most, at least 1; nil for all that it finds.
    package var limit: Int?
    /// From where runs are repeated; nil for the whole of each.
    package var start: BulkStart?
    package var origin: BulkOrigin
    /// What is up to this key is too old to match.
    package var after: Int64
    /// What is beyond this key is too new to match; nil for none.
    package var through: Int64?

    package init(
        action: BulkAction, filter: BulkFilter, rate: Int? = nil, limit: Int? = nil, start: BulkStart? = nil,
        origin: BulkOrigin = .operator, after: Int64 = 0, through: Int64? = nil
    ) {
        self.action = action
        self.filter = filter
        self.rate = rate
        self.limit = limit
        self.start = start
        self.origin = origin
        self.after = after
        self.through = through
    }

    /// What its pages are made of.
    package var subject: BulkSubject {
        BulkSubject(action, hasCondition: filter.condition != nil, readsSteps: start != nil)
    }
}

/// What a page is made of.
package enum BulkSubject: Sendable, Hashable {
    /// The keys of runs.
    case runKeys
    /// Runs with their events.
    case runs
    /// Runs with their events and steps.
    case runsWithSteps
    case events

    init(_ action: BulkAction, hasCondition: Bool, readsSteps: Bool) {
        self =
            switch action {
            case .cancel: hasCondition ? .runs : .runKeys
            case .rerun: readsSteps ? .runsWithSteps : .runs
            case .resend: .events
            }
    }
}

/// A part of what a filter matches, in the order of the keys.
package struct BulkPageRequest: Sendable, Hashable {
    package var subject: BulkSubject
    /// Its condition is not looked at: whoever asked evaluates it on the events.
    package var filter: BulkFilter
    package var after: Int64
    package var through: Int64
    /// How many at most; at least 1.
    package var limit: Int

    package init(_ subject: BulkSubject, filter: BulkFilter, after: Int64, through: Int64, limit: Int) {
        self.subject = subject
        self.filter = filter
        self.after = after
        self.through = through
        self.limit = limit
    }

    /// How many rows a page looks at at most: a store has other things to do than to look for runs among others.
    package static let looksMax = 1_000
    /// A page ends with the run or event whose payloads bring it to this size.
    package static let payloadBytesMax = 256 << 10
    /// What a step costs of it beside its result, since each is a row to write.
    package static let stepCost = 256
}

package struct BulkPage: Sendable, Hashable {
    /// Empty where events are asked for.
    package var runs: [BulkCandidate]
    /// Empty where runs are asked for.
    package var events: [EventRow]
    /// Up to this key everything has been looked at.
    package var cursor: Int64

    package init(runs: [BulkCandidate] = [], events: [EventRow] = [], cursor: Int64) {
        self.runs = runs
        self.events = events
        self.cursor = cursor
    }
}

/// A run that a filter has found, as the store knows it.
package struct BulkCandidate: Sendable, Hashable {
    package var key: RunKey
    /// With its events, without its jobs, and with its steps only where they were asked for; nil when it was not asked for.
    package var run: LoadedRun?
    /// The steps that it has got to and that have no result.
    package var openSteps: [NamedStep]

    package init(key: RunKey, run: LoadedRun? = nil, openSteps: [NamedStep] = []) {
        self.key = key
        self.run = run
        self.openSteps = openSteps
    }

    /// What reading it has cost of a page's size.
    package var payloadBytes: Int {
        guard let run else { return 0 }
        let events = run.otherEvents.reduce(run.event.payload.count) { $0 + $1.payload.count }
        return run.steps.reduce(events) { $0 + $1.memo.count + BulkPageRequest.stepCost }
    }
}
