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
    package init(compiling function: RegisteredFunction, id: UUIDBytes) throws(ExpressionProblem) {
        let configuration = function.configuration
        let compiler = Compiler(function: configuration.slug)
        try compiler.checkOptionsNotInForce(configuration)
        self.init(
            slug: configuration.slug, id: id, name: configuration.name, url: configuration.url,
            attemptsMax: configuration.attemptsMax, triggers: try compiler.triggers(configuration),
            concurrency: try compiler.concurrency(configuration), throttle: try compiler.throttle(configuration),
            source: function.raw)
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
    package init(stored row: FunctionRow) throws {
        try self.init(compiling: RegisteredFunction(row.configuration.slice), id: row.id)
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

    /// Only limits of the function's own scope on calls are in force.
    func concurrency(_ configuration: FunctionConfiguration) throws(ExpressionProblem) -> [ConcurrencyRule] {
        var rules: [ConcurrencyRule] = []
        for (place, rule) in configuration.concurrency.enumerated() {
            let key = try expression(rule.key, "concurrency[\(place)].key")
            if rule.scope == .function { rules.append(ConcurrencyRule(limit: rule.limit, key: key)) }
        }
        return rules
    }

    func throttle(_ configuration: FunctionConfiguration) throws(ExpressionProblem) -> ThrottleRule? {
        guard let throttle = configuration.throttle else { return nil }
        return ThrottleRule(
            limit: throttle.limit, period: throttle.period, burst: throttle.burst,
            key: try expression(throttle.key, "throttle.key"))
    }

    func checkOptionsNotInForce(_ configuration: FunctionConfiguration) throws(ExpressionProblem) {
        _ = try expression(configuration.runConcurrency?.key, "concurrency.fn.key")
        _ = try expression(configuration.rateLimit?.key, "rateLimit.key")
        _ = try expression(configuration.idempotency, "idempotency")
        _ = try expression(configuration.debounce?.key, "debounce.key")
        _ = try expression(configuration.batch?.key, "batchEvents.key")
        _ = try expression(configuration.batch?.condition, "batchEvents.if")
        _ = try expression(configuration.priority, "priority.run")
        _ = try expression(configuration.singleton?.key, "singleton.key")
        for (place, cancel) in configuration.cancels.enumerated() {
            let field = "cancel[\(place)].if"
            let condition = try expression(cancel.condition, field, variables: Self.eventAndAsync)
            if let violation = condition?.restrictivePolicyViolation() {
                throw ExpressionProblem(function: function, field: field, error: violation)
            }
        }
    }
}
