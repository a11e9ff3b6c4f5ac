/// What a function declares about itself when its app registers: triggers, where it is called, retries, flow control.
///
/// The values of PROTOCOL §2.2, typed and checked. Expressions are text here; the server compiles them.
package struct FunctionConfiguration: Sendable, Hashable {
    package static let retriesDefault = 4
    package static let retriesMax = 20
    package static let triggersMax = 10
    package static let cancelsMax = 5
    package static let concurrencyMax = 2

    /// The composite id `<app>-<function>`: what `fnId=` carries, and the `id` of the register body.
    package var slug: String
    package var name: String
    /// None for a function that is only invoked.
    package var triggers: [Trigger]
    /// Where calls go, `?fnId=` and `&stepId=` included. The scheme chooses HTTP or Connect.
    package var url: String
    /// Retries after the first attempt, of each step: 0…20. Default: 4.
    package var retries: Int
    /// At most two limits on calls at a time; all must have room.
    package var concurrency: [Concurrency]
    /// A limit on whole runs at a time, held from start to end.
    package var runConcurrency: Concurrency?
    package var throttle: Throttle?
    /// As declared; see ``rateLimitInForce``.
    package var rateLimit: RateLimit?
    /// A key of which there is one run in 24 hours.
    package var idempotency: String?
    package var debounce: Debounce?
    package var batch: Batch?
    /// An expression that gives seconds: how much earlier than others a run starts.
    package var priority: String?
    package var singleton: Singleton?
    package var cancels: [Cancel]
    /// The longest time from scheduling to the first call.
    package var startTimeout: Milliseconds?
    /// The longest time from the first call to the end.
    package var finishTimeout: Milliseconds?
    /// How the SDK reports steps before a call ends; of no consequence for the server.
    package var checkpoint: RawJSON?

    package init(
        slug: String, name: String, triggers: [Trigger], url: String, retries: Int = Self.retriesDefault,
        concurrency: [Concurrency] = [], runConcurrency: Concurrency? = nil, throttle: Throttle? = nil,
        rateLimit: RateLimit? = nil, idempotency: String? = nil, debounce: Debounce? = nil, batch: Batch? = nil,
        priority: String? = nil, singleton: Singleton? = nil, cancels: [Cancel] = [],
        startTimeout: Milliseconds? = nil, finishTimeout: Milliseconds? = nil, checkpoint: RawJSON? = nil
    ) {
        self.slug = slug
        self.name = name
        self.triggers = triggers
        self.url = url
        self.retries = retries
        self.concurrency = concurrency
        self.runConcurrency = runConcurrency
        self.throttle = throttle
        self.rateLimit = rateLimit
        self.idempotency = idempotency
        self.debounce = debounce
        self.batch = batch
        self.priority = priority
        self.singleton = singleton
        self.cancels = cancels
        self.startTimeout = startTimeout
        self.finishTimeout = finishTimeout
        self.checkpoint = checkpoint
    }

    /// Attempts of a step in all.
    package var attemptsMax: Int { retries + 1 }

    /// The rate limit that counts: an idempotency key takes the place of a declared one.
    package var rateLimitInForce: RateLimit? {
        idempotency.map { RateLimit(limit: 1, period: .hours(24), key: $0) } ?? rateLimit
    }
}

extension FunctionConfiguration {
    package enum Trigger: Sendable, Hashable {
        /// An event name or a pattern of ``EventPattern``, narrowed by an expression over `event`.
        case event(String, expression: String?)
        /// Five fields, a zone perhaps in front; the start may be delayed by up to `jitter` (1 s…5 min).
        case cron(String, jitter: Milliseconds?)
    }

    package struct Concurrency: Sendable, Hashable {
        package enum Scope: String, Sendable, Hashable, CaseIterable {
            case function = "fn"
            case environment = "env"
            case account = "account"
        }

        /// From 1.
        package var limit: Int
        /// An expression whose value has a limit of its own.
        package var key: String?
        /// Scopes wider than the function share the limit among functions by the key's value, and need a key.
        package var scope: Scope

        package init(limit: Int, key: String? = nil, scope: Scope = .function) {
            self.limit = limit
            self.key = key
            self.scope = scope
        }
    }

    /// Delays starts: `limit + burst` at once, then one in each `period / limit`.
    package struct Throttle: Sendable, Hashable {
        package var limit: Int
        /// From 1 s.
        package var period: Milliseconds
        /// Default: 0.
        package var burst: Int
        package var key: String?

        package init(limit: Int, period: Milliseconds, burst: Int = 0, key: String? = nil) {
            self.limit = limit
            self.period = period
            self.burst = burst
            self.key = key
        }
    }

    /// Drops starts beyond `limit` in `period`.
    package struct RateLimit: Sendable, Hashable {
        package var limit: Int
        /// 1 s…24 h.
        package var period: Milliseconds
        package var key: String?

        package init(limit: Int, period: Milliseconds, key: String? = nil) {
            self.limit = limit
            self.period = period
            self.key = key
        }
    }

    /// Starts one run when no event came for `period`, with the last event.
    package struct Debounce: Sendable, Hashable {
        /// 1 s…7 days.
        package var period: Milliseconds
        /// The longest time from the first event.
        package var timeout: Milliseconds?
        package var key: String?

        package init(period: Milliseconds, timeout: Milliseconds? = nil, key: String? = nil) {
            self.period = period
            self.timeout = timeout
            self.key = key
        }
    }

    /// Starts one run for many events.
    package struct Batch: Sendable, Hashable {
        /// From 2.
        package var sizeMax: Int
        /// The longest time from the first event; from 1 s.
        package var timeout: Milliseconds
        package var key: String?
        /// Events for which this expression is false start runs of their own.
        package var condition: String?

        package init(sizeMax: Int, timeout: Milliseconds, key: String? = nil, condition: String? = nil) {
            self.sizeMax = sizeMax
            self.timeout = timeout
            self.key = key
            self.condition = condition
        }
    }

    /// Allows one run at a time, of the function or of each key.
    package struct Singleton: Sendable, Hashable {
        package enum Mode: String, Sendable, Hashable, CaseIterable {
            /// A new run is skipped while one is there.
            case skip
            /// A new run cancels the one that is there.
            case cancel
        }

        package var mode: Mode
        package var key: String?

        package init(mode: Mode, key: String? = nil) {
            self.mode = mode
            self.key = key
        }
    }

    /// Cancels a run when an event comes for which `condition` holds.
    package struct Cancel: Sendable, Hashable {
        package var event: String
        /// An expression over `event` (the run's) and `async` (the one that came).
        package var condition: String?
        /// How long a run listens for the event.
        package var timeout: Deadline?

        package init(event: String, condition: String? = nil, timeout: Deadline? = nil) {
            self.event = event
            self.condition = condition
            self.timeout = timeout
        }
    }
}
