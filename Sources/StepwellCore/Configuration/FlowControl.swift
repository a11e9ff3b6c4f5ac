import StepwellExpressions
import StepwellModel

/// What a function declares about when its runs may start, go on and end, with its expressions compiled.
///
/// Source: PROTOCOL, section 5.
package struct FlowControl: Sendable {
    /// At most two limits on calls at a time; all must have room.
    package var concurrency: [ConcurrencyRule] = []
    /// A limit on whole runs, held from a run's first call to its end. Always of the function's own scope.
    package var runConcurrency: ConcurrencyRule?
    package var throttle: ThrottleRule?
    /// An idempotency key is a rate limit of one in 24 hours, and takes the place of a declared one.
    package var rateLimit: RateLimitRule?
    package var debounce: DebounceRule?
    package var batch: BatchRule?
    /// Gives the seconds by which a run's start comes before others that are as old.
    package var priority: Expression?
    package var singleton: SingletonRule?
    package var cancels: [CancelRule] = []
    /// The longest time from scheduling to the first call.
    package var startTimeout: Milliseconds?
    /// The longest time from the first call to the end.
    package var finishTimeout: Milliseconds?

    package init() {}
}

extension FlowControl {
    /// The expressions that the keys of a run come from, as they are written.
    struct LimitKeySources: Equatable {
        var concurrency1: String?
        var concurrency2: String?
        var run: String?
        var throttle: String?
        /// Empty for a singleton without a key.
        var singleton: String?
        var priority: String?
    }

    var limitKeySources: LimitKeySources {
        LimitKeySources(
            concurrency1: concurrency.first?.key?.source, concurrency2: concurrency.dropFirst().first?.key?.source,
            run: runConcurrency?.key?.source, throttle: throttle?.key?.source,
            singleton: singleton.map { $0.key?.source ?? "" }, priority: priority?.source)
    }
}

/// At most `limit` at once for each value of `key`.
package struct ConcurrencyRule: Sendable {
    package typealias Scope = FunctionConfiguration.Concurrency.Scope

    package var limit: Int
    package var key: Expression?
    /// Scopes wider than the function share the limit among all functions whose key has the same value.
    package var scope: Scope

    package init(limit: Int, key: Expression?, scope: Scope = .function) {
        self.limit = limit
        self.key = key
        self.scope = scope
    }
}

/// Delays starts: `limit + burst` at once, then one every `period / limit`, for each value of `key`.
package struct ThrottleRule: Sendable {
    package var limit: Int
    package var period: Milliseconds
    package var burst: Int
    package var key: Expression?

    package init(limit: Int, period: Milliseconds, burst: Int, key: Expression?) {
        self.limit = limit
        self.period = period
        self.burst = burst
        self.key = key
    }

    /// The start that may come `limit + burst - 1` emissions early is the last of a burst.
    var rate: CellRate {
        let (count, hasOverflown) = Int64(limit).addingReportingOverflow(Int64(burst))
        return CellRate(limit: limit, period: period, ahead: hasOverflown ? .max : count - 1)
    }
}

/// Drops starts: `limit / 10 + 1` at once, then one every `period / limit`, for each value of `key`.
package struct RateLimitRule: Sendable {
    package var limit: Int
    package var period: Milliseconds
    package var key: Expression?

    package init(limit: Int, period: Milliseconds, key: Expression?) {
        self.limit = limit
        self.period = period
        self.key = key
    }

    var rate: CellRate { CellRate(limit: limit, period: period, ahead: Int64(limit / 10)) }
}

/// Starts one run, with the last event, once none has come for `period`; one for each value of `key`.
package struct DebounceRule: Sendable {
    package var period: Milliseconds
    /// The longest time from the first event.
    package var timeout: Milliseconds?
    package var key: Expression?

    package init(period: Milliseconds, timeout: Milliseconds?, key: Expression?) {
        self.period = period
        self.timeout = timeout
        self.key = key
    }
}

/// Starts one run for up to `sizeMax` events, at the latest `timeout` after the first; one for each value of `key`.
package struct BatchRule: Sendable {
    package var sizeMax: Int
    package var timeout: Milliseconds
    package var key: Expression?
    /// Events for which it does not hold start runs of their own.
    package var condition: Expression?

    package init(sizeMax: Int, timeout: Milliseconds, key: Expression?, condition: Expression?) {
        self.sizeMax = sizeMax
        self.timeout = timeout
        self.key = key
        self.condition = condition
    }
}

/// At most one unfinished run for each value of `key`.
package struct SingletonRule: Sendable {
    package typealias Mode = FunctionConfiguration.Singleton.Mode

    package var mode: Mode
    package var key: Expression?

    package init(mode: Mode, key: Expression?) {
        self.mode = mode
        self.key = key
    }
}

/// Cancels a run when an event comes for which `condition` holds.
package struct CancelRule: Sendable {
    package var event: String
    /// Over `event`, the run's, and `async`, the one that comes.
    package var condition: Expression?
    /// How long a run listens. Default: a year.
    package var timeout: Deadline

    package init(event: String, condition: Expression?, timeout: Deadline?) {
        self.event = event
        self.condition = condition
        self.timeout = timeout ?? .after(.hours(365 * 24))
    }
}
