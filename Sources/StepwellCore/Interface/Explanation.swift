import StepwellModel

/// Why an unfinished run is not running, as the engine's state says at one moment: of each of its next actions what keeps
/// it, and what watches the run meanwhile.
///
/// Keys of limits are not in memory: the rule is named, and the run's row has the text of the key's value.
package struct Explanation: Sendable, Hashable {
    /// When this was so.
    package var moment: Moment
    /// What the run does next or waits for, by key; never empty.
    package var actions: [Action]
    /// What may cancel the run before, by key.
    package var watches: [Watch]

    package struct Action: Sendable, Hashable {
        package var job: JobKey
        package var kind: JobKind
        /// From 0.
        package var attempt: Int
        package var attemptsMax: Int
        /// All that must change before the action can be taken; never empty.
        package var causes: [Cause]
    }

    package struct Watch: Sendable, Hashable {
        package var job: JobKey
        package var kind: JobKind
        /// When it cancels the run, or for a listener when it stops listening.
        package var due: Timestamp
    }

    /// A limit that is used up.
    package struct Occupancy: Sendable, Hashable {
        package var limit: Int
        /// At least the limit; more after the limit was lowered.
        package var inUse: Int
        package var oldest: Holder?
    }

    /// One of those who have a limit in use.
    package struct Holder: Sendable, Hashable {
        /// Nil when it is a call of a run that has ended without waiting for it.
        package var run: RunKey?
        /// When the call was decided on; nil for a whole run, whose row says when it began.
        package var since: Timestamp?
    }

    package enum Cause: Sendable, Hashable {
        /// Its worker, or whom the step names, has been called and has not answered yet: it runs.
        case calling(since: Timestamp)
        /// The run is being read from the store, or waits for its turn to be.
        case reading
        /// A concurrency rule, by its place in the function's configuration, is used up for the run's key.
        case concurrency(rule: Int, ConcurrencyRule.Scope, Occupancy)
        /// The function's limit on whole runs is used up for the run's key.
        case runLimit(Occupancy)
        /// The throttle allows the next start then.
        case throttle(until: Timestamp)
        /// The app has as many calls in flight as it may.
        case appLimit(Occupancy)
        /// The server makes as many requests for steps as it may.
        case gatewayLimit(Occupancy)
        /// The app refuses connections. The time of the next trial is nil while one is under way.
        case unreachable(since: Timestamp, message: String, trialAt: Timestamp?)
        /// An operator has paused the function.
        case paused(since: Timestamp)
        /// That many others of the same function and keys go first; at least so many when there are very many.
        case inLine(ahead: Int, isMinimum: Bool)
        /// Its function's keys have changed, and its own are being evaluated again: the oldest runs go first.
        case renewingKeys
        /// A sleep.
        case sleeping(until: Timestamp)
        /// A wait for an event; the wait's row says which.
        case event(until: Timestamp)
        /// A wait for a signal; the step's options say which. When another run has taken its place, nothing but the time can
        /// end it.
        case signal(until: Timestamp, isReplaced: Bool)
        /// A wait for the end of an invoked function.
        case invoked(until: Timestamp)
        /// The attempt before failed, and the next one comes then.
        case retry(at: Timestamp)
        /// The event that starts the run is of the future.
        case scheduled(at: Timestamp)
        /// More events may come that take the place of its own: so many have. It starts when none comes until then.
        case debounce(until: Timestamp, events: Int)
        /// It gathers events, so many by now, and starts then at the latest.
        case batch(until: Timestamp, events: Int)
        /// Its time has come, and so has that of very many others: it is about to get its turn.
        case overdue(since: Timestamp)
        /// No call is made before then, so that calls of the process that was killed can end.
        case recovering(until: Timestamp)
        /// The server is being stopped and makes no call any more; the next one goes on.
        case draining
    }
}
