/// Spreads starts over time: what is over the limit starts later, nothing is dropped.
public struct Throttle: Sendable, Hashable {
    let limit: Int
    let period: Duration
    let burst: Int?
    let key: String?

    /// `limit` starts (1 or more) in each `period` (1 second or more).
    ///
    /// - Parameters:
    ///   - burst: starts allowed at once beyond the even flow, 0 or more. Default: 0.
    ///   - key: counts apart for each value of this expression. Default: one count.
    public static func limit(_ limit: Int, per period: Duration, burst: Int? = nil, key: String? = nil) -> Throttle {
        Throttle(limit: limit, period: period, burst: burst, key: key)
    }
}

/// Drops what is over the limit: the event is kept, but starts no run.
public struct RateLimit: Sendable, Hashable {
    let limit: Int
    let period: Duration
    let key: String?

    /// `limit` runs (1 or more) in each `period` (at most 24 hours).
    ///
    /// - Parameter key: counts apart for each value of this expression. Default: one count.
    public static func limit(_ limit: Int, per period: Duration, key: String? = nil) -> RateLimit {
        RateLimit(limit: limit, period: period, key: key)
    }
}

/// Waits until events stop coming, and runs for the last one.
public struct Debounce: Sendable, Hashable {
    let period: Duration
    let timeout: Duration?
    let key: String?

    /// Runs when no event came for `period`, 1 second to 7 days.
    ///
    /// - Parameters:
    ///   - timeout: runs at the latest so long after the first event. Default: no such end.
    ///   - key: waits apart for each value of this expression. Default: for all events together.
    public static func period(_ period: Duration, timeout: Duration? = nil, key: String? = nil) -> Debounce {
        Debounce(period: period, timeout: timeout, key: key)
    }
}

/// Gives a function many events in one run.
public struct BatchEvents: Sendable, Hashable {
    let sizeMax: Int
    let timeout: Duration
    let key: String?
    let expression: String?

    /// Runs for `sizeMax` events (2 or more), or for fewer when `timeout` (1 second or more) passed since the first.
    ///
    /// - Parameters:
    ///   - key: a batch for each value of this expression. Default: one batch.
    ///   - expression: events for which it is false run alone and at once. Default: every event is batched.
    public static func max(
        _ sizeMax: Int, timeout: Duration, key: String? = nil, if expression: String? = nil
    ) -> BatchEvents {
        BatchEvents(sizeMax: sizeMax, timeout: timeout, key: key, expression: expression)
    }
}

/// Lets some runs go before others that wait for the same limit.
public struct Priority: Sendable, Hashable {
    let expression: String

    /// Treats a run as if it were so many seconds older, ±43,200, by an expression over the event.
    public static func run(_ expression: String) -> Priority { Priority(expression: expression) }
}

/// Keeps a function to one run at a time.
public struct Singleton: Sendable, Hashable {
    enum Mode: Sendable, Hashable {
        case skip, cancel
    }

    let mode: Mode
    let key: String?

    /// While a run is under way, further events start none. The key makes that one run for each value of the expression.
    public static func skip(key: String? = nil) -> Singleton { Singleton(mode: .skip, key: key) }

    /// A new event cancels the run under way. The key makes that one run for each value of the expression.
    public static func cancel(key: String? = nil) -> Singleton { Singleton(mode: .cancel, key: key) }
}

/// An event that cancels the function's runs.
public struct CancelOn: Sendable, Hashable {
    let event: String
    let expression: String?
    let timeout: Duration?

    /// Cancels on an event of type `type` whose data have the same value at `path` as the run's own, such as
    /// `data.organisationId`.
    ///
    /// - Parameter timeout: listens for so long from the run's start. Default: one year.
    public static func event<E: Event>(_ type: E.Type, match path: String, timeout: Duration? = nil) -> CancelOn {
        CancelOn(event: type.name, expression: "event.\(path) == async.\(path)", timeout: timeout)
    }

    /// Cancels on an event of type `type` for which `expression` is true: `event` is the run's own, `async` the new one.
    ///
    /// - Parameters:
    ///   - expression: comparisons joined by `&&` and `||` only. Default: every such event cancels.
    ///   - timeout: listens for so long from the run's start. Default: one year.
    public static func event<E: Event>(
        _ type: E.Type, if expression: String? = nil, timeout: Duration? = nil
    ) -> CancelOn {
        .event(type.name, if: expression, timeout: timeout)
    }

    /// Cancels on an event by its exact name; see the form that takes a type.
    public static func event(_ name: String, if expression: String? = nil, timeout: Duration? = nil) -> CancelOn {
        CancelOn(event: name, expression: expression, timeout: timeout)
    }
}

/// Times after which a run is cancelled.
public struct Timeouts: Sendable, Hashable {
    let start: Duration?
    let finish: Duration?

    /// Cancels a run that has not started after `start`, or not finished `finish` after its start. Default: never.
    public init(start: Duration? = nil, finish: Duration? = nil) {
        self.start = start
        self.finish = finish
    }
}
