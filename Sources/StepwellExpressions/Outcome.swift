import StepwellModel

/// What an expression came to.
package struct Outcome: Sendable {
    let value: Value

    /// - Throws: the failure that `value` is.
    init(_ value: Value) throws(EvaluationError) {
        if case .error(let failure) = value { throw EvaluationError(.failed, failure.message) }
        self.value = value
    }

    package var bool: Bool? {
        guard case .bool(let flag) = value else { return nil }
        return flag
    }

    /// The number, if it is integral and fits. JSON numbers are doubles in this language, so `event.data.p * 10` gives one.
    package var integer: Int64? { value.integer }

    package var double: Double? { value.doubleValue }

    package var string: String? {
        guard case .string(let text) = value else { return nil }
        return text
    }

    /// Null, or missing.
    package var isNull: Bool {
        switch value {
        case .null, .unknown: true
        default: false
        }
    }

    /// The name of the value's type in the language; `unknown` for what is missing.
    package var typeName: String { value.typeName }
}
