import StepwellModel

/// A durable function: a closure over the event that started it and the steps it is made of.
///
/// ```swift
/// let welcome = Function("welcome", on: AccountCreated.self, options: .init(retries: 3)) { event, step in
///     let letter = try await step.run("write-letter") { try await letters.write(to: event.data.name) }
///     try await step.sleep("wait-a-day", for: .seconds(86_400))
///     try await step.run("send-letter") { try await letters.send(letter.id) }
/// }
/// ```
///
/// `Output` is a `Codable` type, or `Void` for a function that returns nothing.
///
/// What is inside a step runs at least once and its result is recorded once; what is outside runs again whenever the
/// function is replayed, so keep effects inside steps.
public struct Function<Input: Codable & Sendable, Output: Sendable>: DurableFunction {
    /// What the app and the server need to know of the function.
    public private(set) var definition: FunctionDefinition

    /// The id within its app, on which runs depend: do not change it while some are under way.
    public var id: String { definition.id }

    /// A function that any of several triggers starts, with the data read as `Input`.
    ///
    /// - Parameters:
    ///   - id: the id within its app, such as `create-organisation`.
    ///   - input: how the event's data are read.
    ///   - triggers: what starts it, at most ten; none for a function that is only invoked. Default: none.
    ///   - options: retries, limits and the like. Default: 4 retries, no limits.
    ///   - body: the function itself.
    public init(
        _ id: String, input: Input.Type, triggers: [Trigger] = [], options: FunctionOptions = .init(),
        body: @escaping @Sendable (ReceivedEvent<Input>, Step) async throws -> Output
    ) where Output: Codable {
        definition = FunctionDefinition(id: id, triggers: triggers, options: options) { events, step in
            let event = try ReceivedEvent<Input>(batch: events)
            return try FunctionDefinition.encode(await body(event, step), resultOf: id)
        }
    }

    /// A function of any triggers that returns nothing; see the form that returns something.
    @_disfavoredOverload
    public init(
        _ id: String, input: Input.Type, triggers: [Trigger] = [], options: FunctionOptions = .init(),
        body: @escaping @Sendable (ReceivedEvent<Input>, Step) async throws -> Void
    ) where Output == Void {
        definition = FunctionDefinition(id: id, triggers: triggers, options: options) { events, step in
            try await body(try ReceivedEvent<Input>(batch: events), step)
            return .null
        }
    }

    /// A function that any of several triggers starts, with the data as they come; ``ReceivedEvent/as(_:)`` tells typed
    /// events apart.
    ///
    /// - Parameters:
    ///   - id: the id within its app, such as `create-organisation`.
    ///   - triggers: what starts it, at most ten; none for a function that is only invoked.
    ///   - options: retries, limits and the like. Default: 4 retries, no limits.
    ///   - body: the function itself.
    public init(
        _ id: String, triggers: [Trigger], options: FunctionOptions = .init(),
        body: @escaping @Sendable (ReceivedEvent<Input>, Step) async throws -> Output
    ) where Input == JSON, Output: Codable {
        self.init(id, input: JSON.self, triggers: triggers, options: options, body: body)
    }

    /// A function of any triggers, with the data as they come, that returns nothing.
    @_disfavoredOverload
    public init(
        _ id: String, triggers: [Trigger], options: FunctionOptions = .init(),
        body: @escaping @Sendable (ReceivedEvent<Input>, Step) async throws -> Void
    ) where Input == JSON, Output == Void {
        self.init(id, input: JSON.self, triggers: triggers, options: options, body: body)
    }

    /// A function that events of one type start.
    ///
    /// - Parameters:
    ///   - id: the id within its app, such as `create-organisation`.
    ///   - type: the type of the events.
    ///   - expression: starts it only for events for which this is true, such as `event.data.total > 100`. Default: all.
    ///   - options: retries, limits and the like. Default: 4 retries, no limits.
    ///   - body: the function itself.
    public init(
        _ id: String, on type: Input.Type, if expression: String? = nil, options: FunctionOptions = .init(),
        body: @escaping @Sendable (ReceivedEvent<Input>, Step) async throws -> Output
    ) where Input: Event, Output: Codable {
        self.init(id, input: type, triggers: [.event(type, if: expression)], options: options, body: body)
    }

    /// A function that events of one type start and that returns nothing; see the form that returns something.
    @_disfavoredOverload
    public init(
        _ id: String, on type: Input.Type, if expression: String? = nil, options: FunctionOptions = .init(),
        body: @escaping @Sendable (ReceivedEvent<Input>, Step) async throws -> Void
    ) where Input: Event, Output == Void {
        self.init(id, input: type, triggers: [.event(type, if: expression)], options: options, body: body)
    }

    /// A function that a schedule starts.
    ///
    /// - Parameters:
    ///   - id: the id within its app, such as `send-digest`.
    ///   - cron: five fields, in UTC unless a zone comes first: `TZ=Europe/Paris 0 9 * * 1`.
    ///   - jitter: starts up to so much later, 1 second to 5 minutes. Default: on time.
    ///   - options: retries, limits and the like. Default: 4 retries, no limits.
    ///   - body: the function itself.
    public init(
        _ id: String, cron: String, jitter: Duration? = nil, options: FunctionOptions = .init(),
        body: @escaping @Sendable (ReceivedEvent<ScheduledTimer>, Step) async throws -> Void
    ) where Input == ScheduledTimer, Output == Void {
        self.init(id, input: Input.self, triggers: [.cron(cron, jitter: jitter)], options: options, body: body)
    }

    /// The same function, with something to do when a run of it has failed for good.
    ///
    /// It is a durable function of its own, `<id>-failure`, and its steps are retried once unless a step says otherwise.
    public func onFailure(
        _ body: @escaping @Sendable (FailedRun<Input>, Step) async throws -> Void
    ) -> Function {
        var copy = self
        copy.definition.failure = { events, step in
            try await body(try FailedRun<Input>(failureEvent: events.first ?? RawJSON.emptyObject.slice), step)
            return .null
        }
        return copy
    }
}
