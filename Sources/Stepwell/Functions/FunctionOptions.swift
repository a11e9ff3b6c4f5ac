/// How a function is run: retries, limits, cancellation. Every option has a default, so name only what differs.
///
/// Expressions are texts over the event, such as `event.data.accountId`; the server checks them when the app registers.
public struct FunctionOptions: Sendable, Hashable {
    /// The name for people. Default: the function's id.
    public var name: String?
    /// Retries of each step after its first attempt, and of the function itself, 0…20. Default: 4.
    public var retries: Int?
    /// How many steps or runs at a time. Default: no limit of the function's own.
    public var concurrency: Concurrency?
    /// Spreads starts over time. Default: no limit.
    public var throttle: Throttle?
    /// Drops events over a rate. Default: no limit.
    public var rateLimit: RateLimit?
    /// Runs once when events stop coming. Default: runs for each.
    public var debounce: Debounce?
    /// Runs for many events at once; excludes cancelOn, debounce, singleton and priority. Default: runs for each.
    public var batchEvents: BatchEvents?
    /// Lets some runs go before others. Default: in order.
    public var priority: Priority?
    /// Keeps the function to one run at a time. Default: any number.
    public var singleton: Singleton?
    /// Events that cancel a run, at most five. Default: none.
    public var cancelOn: [CancelOn]
    /// Times after which a run is cancelled. Default: never.
    public var timeouts: Timeouts?
    /// Runs once in 24 hours for each value of this expression. Default: once for each event.
    public var idempotency: String?

    /// The options of a function; see each property.
    public init(
        name: String? = nil, retries: Int? = nil, concurrency: Concurrency? = nil, throttle: Throttle? = nil,
        rateLimit: RateLimit? = nil, debounce: Debounce? = nil, batchEvents: BatchEvents? = nil,
        priority: Priority? = nil, singleton: Singleton? = nil, cancelOn: [CancelOn] = [], timeouts: Timeouts? = nil,
        idempotency: String? = nil
    ) {
        self.name = name
        self.retries = retries
        self.concurrency = concurrency
        self.throttle = throttle
        self.rateLimit = rateLimit
        self.debounce = debounce
        self.batchEvents = batchEvents
        self.priority = priority
        self.singleton = singleton
        self.cancelOn = cancelOn
        self.timeouts = timeouts
        self.idempotency = idempotency
    }
}
