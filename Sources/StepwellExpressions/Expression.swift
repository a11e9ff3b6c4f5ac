import StepwellModel

/// A condition, key or number over an event, in the dialect of CEL that PROTOCOL 4.2 describes: compiled once, evaluated
/// any number of times, by any thread.
///
/// The language is CEL with cel-go's standard library, and lenient: what is missing is *unknown* and nearly null, `+` joins
/// what it cannot add, and `&&`, `||` and `?:` go by JavaScript's truth. Whatever the text and the event are, parsing and
/// evaluation end within bounded time, stack and memory (``Limits``, ``Scope/costMax``).
///
/// Where the protocol is silent, or the reference would only fail:
/// - Numbers of different types calculate as numbers, `+` included, and `%` takes doubles that are integral: JSON numbers
///   are doubles and literals integers, so `event.data.n + 1` is a sum and not a text.
/// - JSON integers beyond ±2⁵³ keep all their digits instead of being rounded to doubles.
/// - Null in `+` adds nothing, as unknown does, since a missing path of a wait's first event becomes null.
/// - Where both operands of a comparison are unknown, the rule for the left one counts.
/// - A failed operation (overflow, division by zero, no such conversion) fails what it is part of; only `&&`, `||`, `?:`
///   and the macros' conditions take it as false.
/// - Named time zones are an evaluation error; `UTC` and offsets such as `+01:00` work.
package struct Expression: Sendable {
    /// The text, which parses to this expression again.
    package let source: String
    let root: Node

    /// Parses a user's text: at most 8 KiB and 64 levels. Says nothing about names; see ``check(variables:)``.
    package init(parsing source: String) throws(ExpressionError) {
        try self.init(source, bytesMax: Limits.sourceBytesMax, nestingMax: Limits.nestingMax)
    }

    /// Parses a ``source`` that this module wrote, which may hold an event's values and be much larger.
    package init(parsingStored source: String) throws(ExpressionError) {
        try self.init(source, bytesMax: Limits.interpolatedBytesMax, nestingMax: Limits.interpolatedNestingMax)
    }

    private init(_ source: String, bytesMax: Int, nestingMax: Int) throws(ExpressionError) {
        guard source.utf8.count <= bytesMax else {
            let message = "the expression has \(source.utf8.count) bytes; at most \(bytesMax) are allowed"
            throw ExpressionError(message: message, line: 1, column: 1)
        }
        root = try Parser.parse(source, nestingMax: nestingMax)
        self.source = source
    }

    init(_ root: Node) {
        self.root = root
        source = Printer.text(of: root)
    }

    // MARK: - Registration

    /// Registration's check: a name that is none of `variables`, an unknown function, a wrong number of arguments, or a
    /// malformed regular expression is an error at its place.
    package func check(variables: Set<String>) throws(ExpressionError) {
        if let objection = root.undefinedReference(variables: variables) { throw error(objection) }
    }

    /// What the restrictive policy for `cancel[].if` and waits does not allow: macros, arithmetic, and every function but
    /// int(), uint() and double(). The first violation, or nil.
    package func restrictivePolicyViolation() -> ExpressionError? {
        root.restrictedPart.map { error($0) }
    }

    private func error(_ objection: Node.Objection) -> ExpressionError {
        ExpressionError(objection.message, at: objection.offset.bytes, of: source)
    }

    // MARK: - Evaluation

    /// The value in `scope`.
    ///
    /// - Throws: ``EvaluationError`` when an operation failed and no `||`, `&&` or `?:` took the failure as false, or when
    ///   the budget ran out.
    package func evaluate(_ scope: Scope) throws(EvaluationError) -> Outcome {
        var evaluator = Evaluator(scope)
        return try Outcome(evaluator.value(of: root))
    }

    /// Whether the value is true.
    ///
    /// - Throws: ``EvaluationError`` also for a value that is neither true nor false. The protocol treats that, like every
    ///   other error, as no match.
    package func evaluateCondition(_ scope: Scope) throws(EvaluationError) -> Bool {
        let outcome = try evaluate(scope)
        guard let flag = outcome.bool else {
            throw EvaluationError(.failed, "the condition gave \(outcome.typeName), not true or false")
        }
        return flag
    }

    /// The value as a key of concurrency, throttling, rate limits, debouncing, batches or singletons.
    package func evaluateKey(_ scope: Scope) throws(EvaluationError) -> ExpressionKey {
        var evaluator = Evaluator(scope)
        let outcome = try Outcome(evaluator.value(of: root))
        return ExpressionKey(
            text: try GoText.of(outcome.value, budget: &evaluator.budget), isFalse: outcome.bool == false)
    }

    // MARK: - Waits

    /// The expression with this event in it: every path of `event` becomes its value, a missing one null, and what is
    /// constant then is computed. What depends on other variables or on the time stays.
    ///
    /// The text is stored and read back with ``init(parsingStored:)``. Where the event's values would make it larger than
    /// 4 MiB, the result is an expression that fails with an error which says so, and so never matches.
    package func interpolated(event: JSONValue, now: Timestamp) -> Expression {
        var interpolation = Interpolation(event: event, now: now)
        let root = interpolation.applied(to: root)
        guard root.isWritable(inBytes: Limits.interpolatedBytesMax) else { return Self.tooLarge }
        return Expression(root)
    }

    private static let tooLarge = Expression(
        .call(
            Node.Call(
                function: .interpolationFailure, name: Function.interpolationFailure.rawValue,
                arguments: [.literal(.string("the values of the event in this expression are too large to store"))],
                hasReceiver: false, offset: SourceOffset(0))))

    /// Whether nothing can ever match: the expression is the constant false.
    package var isLiterallyFalse: Bool {
        if case .literal(.bool(false)) = root { return true }
        return false
    }

    /// For a wait: one conjunct `async.<path> == <text, number or bool>` for a hash table, and the condition that is left
    /// (nil when nothing is). An event satisfies the expression exactly if what stands at `path` is `value` in the sense of
    /// ``IndexValue`` and the residual is true.
    package func indexKey() -> (path: [String], value: JSONValue, residual: Expression?)? {
        root.index.map { ($0.path, $0.value, $0.residual.map { Expression($0) }) }
    }
}

/// A key's text, and whether the expression said that there is none.
package struct ExpressionKey: Sendable, Hashable {
    /// Texts as they are, everything else as Go's `%v` prints it; `<nil>` for null and for what is missing.
    package let text: String
    /// The value was the bool false, which switches a rate limit or singleton off for this event.
    package let isFalse: Bool
}
