import StepwellExpressions
import StepwellModel

/// An expression in a function's configuration that cannot be used.
package struct ExpressionProblem: Error, Sendable, CustomStringConvertible {
    package let function: String
    /// Such as `throttle.key`.
    package let field: String
    package let error: ExpressionError

    package var description: String { "function \"\(function)\": \(field) \(error)" }
}

extension FunctionBlueprint {
    /// Compiles a configuration; every expression in it is checked, also those of options that are not in force yet.
    ///
    /// - Parameter zones: Of schedules. A zone that it does not find makes a schedule that does not fire.
    package init(
        compiling function: RegisteredFunction, id: UUIDBytes, zones: ZoneFinder = { _ in nil }
    ) throws(ExpressionProblem) {
        let configuration = function.configuration
        let compiler = Compiler(function: configuration.slug)
        let flow = try compiler.flow(configuration)
        self.init(
            slug: configuration.slug, id: id, name: configuration.name, url: configuration.url,
            attemptsMax: configuration.attemptsMax, triggers: try compiler.triggers(configuration),
            schedules: Self.schedules(configuration, zones), flow: flow, source: function.raw)
    }

    private static func schedules(_ configuration: FunctionConfiguration, _ zones: ZoneFinder) -> [ScheduleTrigger] {
        configuration.triggers.compactMap { trigger in
            guard case .cron(let expression, let jitter) = trigger else { return nil }
            // The configuration's parser has refused what is no schedule.
            return try? ScheduleTrigger(expression: expression, jitter: jitter, zones: zones)
        }
    }

    /// Whether another blueprint declares the same function, wherever it is called.
    func declares(the other: FunctionBlueprint) -> Bool {
        guard var own = try? RegisteredFunction(source.slice).configuration,
            var others = try? RegisteredFunction(other.source.slice).configuration
        else { return false }
        own.url = ""
        others.url = ""
        return own == others
    }

    /// The blueprint of a function that was registered before.
    package init(stored row: FunctionRow, zones: ZoneFinder) throws {
        try self.init(compiling: RegisteredFunction(row.configuration.slice), id: row.id, zones: zones)
    }
}

private struct Compiler {
    let function: String
    private static let eventOnly: Set<String> = ["event", "vars"]
    private static let eventAndAsync: Set<String> = ["event", "async", "vars"]

    func expression(
        _ source: String?, _ field: String, variables: Set<String> = Self.eventOnly
    ) throws(ExpressionProblem) -> Expression? {
        guard let source else { return nil }
        do {
            let expression = try Expression(parsing: source)
            try expression.check(variables: variables)
            return expression
        } catch {
            throw ExpressionProblem(function: function, field: field, error: error)
        }
    }

    func triggers(_ configuration: FunctionConfiguration) throws(ExpressionProblem) -> [Trigger] {
        var triggers: [Trigger] = []
        for (place, trigger) in configuration.triggers.enumerated() {
            guard case .event(let pattern, let source) = trigger else { continue }
            triggers.append(
                Trigger(pattern: pattern, condition: try expression(source, "triggers[\(place)].expression")))
        }
        return triggers
    }

    func flow(_ configuration: FunctionConfiguration) throws(ExpressionProblem) -> FlowControl {
        var flow = FlowControl()
        for (place, rule) in configuration.concurrency.enumerated() {
            flow.concurrency.append(try concurrency(rule, "concurrency[\(place)].key"))
        }
        if let rule = configuration.runConcurrency { flow.runConcurrency = try concurrency(rule, "concurrency.fn.key") }
        if let throttle = configuration.throttle {
            flow.throttle = ThrottleRule(
                limit: throttle.limit, period: throttle.period, burst: throttle.burst,
                key: try expression(throttle.key, "throttle.key"))
        }
        flow.rateLimit = try rateLimit(configuration)
        flow.debounce = try debounce(configuration)
        flow.batch = try batch(configuration)
        flow.priority = try expression(configuration.priority, "priority.run")
        if let singleton = configuration.singleton {
            flow.singleton = SingletonRule(mode: singleton.mode, key: try expression(singleton.key, "singleton.key"))
        }
        for (place, cancel) in configuration.cancels.enumerated() {
            flow.cancels.append(try self.cancel(cancel, "cancel[\(place)].if"))
        }
        flow.startTimeout = configuration.startTimeout
        flow.finishTimeout = configuration.finishTimeout
        return flow
    }

    private func concurrency(
        _ rule: FunctionConfiguration.Concurrency, _ field: String
    ) throws(ExpressionProblem) -> ConcurrencyRule {
        ConcurrencyRule(limit: rule.limit, key: try expression(rule.key, field), scope: rule.scope)
    }

    private func rateLimit(_ configuration: FunctionConfiguration) throws(ExpressionProblem) -> RateLimitRule? {
        let declared = try expression(configuration.rateLimit?.key, "rateLimit.key")
        let idempotency = try expression(configuration.idempotency, "idempotency")
        return configuration.rateLimitInForce.map {
            RateLimitRule(limit: $0.limit, period: $0.period, key: idempotency ?? declared)
        }
    }

    private func cancel(
        _ cancel: FunctionConfiguration.Cancel, _ field: String
    ) throws(ExpressionProblem) -> CancelRule {
        let condition = try expression(cancel.condition, field, variables: Self.eventAndAsync)
        if let violation = condition?.restrictivePolicyViolation() {
            throw ExpressionProblem(function: function, field: field, error: violation)
        }
        return CancelRule(event: cancel.event, condition: condition, timeout: cancel.timeout.map { Deadline($0) })
    }

    private func debounce(_ configuration: FunctionConfiguration) throws(ExpressionProblem) -> DebounceRule? {
        guard let debounce = configuration.debounce else { return nil }
        return DebounceRule(
            period: debounce.period, timeout: debounce.timeout, key: try expression(debounce.key, "debounce.key"))
    }

    private func batch(_ configuration: FunctionConfiguration) throws(ExpressionProblem) -> BatchRule? {
        guard let batch = configuration.batch else { return nil }
        return BatchRule(
            sizeMax: batch.sizeMax, timeout: batch.timeout, key: try expression(batch.key, "batchEvents.key"),
            condition: try expression(batch.condition, "batchEvents.if"))
    }
}
