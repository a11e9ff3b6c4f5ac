/// Arithmetic on numbers, timestamps and durations. Integers never wrap: what does not fit is an error.
///
/// An integer and a double give a double: JSON numbers are doubles here and literals are integers, so `event.data.n * 10`
/// would have no meaning otherwise.
enum Arithmetic {
    /// Nil where the operator has no meaning between the two types.
    static func apply(_ operation: BinaryOperator, _ left: Value, _ right: Value) -> Value? {
        switch (left, right) {
        case (.double(let left), .double(let right)): double(operation, left, right)
        case (.int(let left), .int(let right)): integer(operation, left, right).map(Value.int, or: operation)
        case (.uint(let left), .uint(let right)): integer(operation, left, right).map(Value.uint, or: operation)
        case (.timestamp(let time), .duration(let span)): shifted(operation, time, span)
        case (.duration(let span), .timestamp(let time)):
            operation == .add ? shifted(operation, time, span) : nil
        case (.timestamp(let left), .timestamp(let right)):
            operation == .subtract ? left.since(right).map { .duration($0) } ?? overflow(operation) : nil
        case (.duration(let left), .duration(let right)): duration(operation, left, right)
        default:
            if let left = left.doubleValue, let right = right.doubleValue {
                double(operation, left, right)
            } else {
                nil
            }
        }
    }

    static func negative(_ operand: Value) -> Value {
        switch operand {
        case .int(let number): number == .min ? overflow(.subtract) : .int(-number)
        case .double(let number): .double(-number)
        case .duration(let span):
            span.nanoseconds == .min ? overflow(.subtract) : .duration(Span(nanoseconds: -span.nanoseconds))
        case .unknown: .bool(false)
        case .error: operand
        default: .failure("'-' has no meaning for \(operand.typeName)")
        }
    }

    private static func overflow(_ operation: BinaryOperator) -> Value {
        .failure("the result of '\(operation.rawValue)' does not fit its type")
    }

    private static func double(_ operation: BinaryOperator, _ left: Double, _ right: Double) -> Value? {
        switch operation {
        case .add: return .double(left + right)
        case .subtract: return .double(left - right)
        case .multiply: return .double(left * right)
        case .divide: return .double(left / right)
        case .modulo:
            guard let left = Int64(exactly: left), let right = Int64(exactly: right) else {
                return .failure("'%' takes integers; convert with int(…)")
            }
            guard right != 0 else { return .failure("division by zero in '%'") }
            return .double(right == -1 ? 0 : Double(left % right))
        default: return nil
        }
    }

    /// What integer arithmetic comes to.
    fileprivate enum Result<I: FixedWidthInteger> {
        case number(I)
        case overflow
        case divisionByZero
        case none

        func map(_ wrap: (I) -> Value, or operation: BinaryOperator) -> Value? {
            switch self {
            case .number(let number): wrap(number)
            case .overflow: Arithmetic.overflow(operation)
            case .divisionByZero: .failure("division by zero in '\(operation.rawValue)'")
            case .none: nil
            }
        }
    }

    private static func integer<I: FixedWidthInteger>(
        _ operation: BinaryOperator, _ left: I, _ right: I
    ) -> Result<I> {
        let (value, overflow): (I, Bool)
        switch operation {
        case .add: (value, overflow) = left.addingReportingOverflow(right)
        case .subtract: (value, overflow) = left.subtractingReportingOverflow(right)
        case .multiply: (value, overflow) = left.multipliedReportingOverflow(by: right)
        case .divide where right == 0, .modulo where right == 0: return .divisionByZero
        case .divide: (value, overflow) = left.dividedReportingOverflow(by: right)
        case .modulo: (value, overflow) = left.remainderReportingOverflow(dividingBy: right)
        default: return .none
        }
        return overflow ? .overflow : .number(value)
    }

    private static func shifted(_ operation: BinaryOperator, _ time: Instant, _ span: Span) -> Value? {
        switch operation {
        case .add: time.adding(span).map { .timestamp($0) } ?? overflow(operation)
        case .subtract: time.subtracting(span).map { .timestamp($0) } ?? overflow(operation)
        default: nil
        }
    }

    private static func duration(_ operation: BinaryOperator, _ left: Span, _ right: Span) -> Value? {
        guard operation == .add || operation == .subtract else { return nil }
        return integer(operation, left.nanoseconds, right.nanoseconds)
            .map({ .duration(Span(nanoseconds: $0)) }, or: operation)
    }
}

extension Value {
    /// The number as a double; nil for every other value.
    var doubleValue: Double? {
        switch self {
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
