/// The binary operators with the dialect's lenient typing (PROTOCOL 4.2).
extension Evaluator {
    mutating func apply(
        _ operation: BinaryOperator, _ left: Value, _ right: Value
    ) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.error, _): return left
        case (_, .error): return right
        case (.unknown, _), (_, .unknown): return Self.applyToUnknown(operation, left, right)
        case (.null, _), (_, .null): return try applyToNull(operation, left, right)
        default: return try applyToKnown(operation, left, right)
        }
    }

    /// Unknown is nearly null: equal to null alone, and below everything else. Where both operands are unknown the left one's
    /// rule counts.
    private static func applyToUnknown(_ operation: BinaryOperator, _ left: Value, _ right: Value) -> Value {
        let isLeftUnknown = if case .unknown = left { true } else { false }
        let other = isLeftUnknown ? right : left
        let isOtherNull = if case .null = other { true } else { false }
        return switch operation {
        case .equal: .bool(isOtherNull)
        case .notEqual: .bool(!isOtherNull)
        case .less, .lessOrEqual: .bool(isLeftUnknown)
        case .greater, .greaterOrEqual: .bool(!isLeftUnknown)
        case .add: other
        case .in, .subtract, .multiply, .divide, .modulo: .bool(false)
        }
    }

    /// Null equals only null, is ordered as the zero of the other operand's type, and adds nothing, as unknown does.
    private mutating func applyToNull(
        _ operation: BinaryOperator, _ left: Value, _ right: Value
    ) throws(EvaluationError) -> Value {
        let isLeftNull = if case .null = left { true } else { false }
        let other = isLeftNull ? right : left
        switch operation {
        case .equal: return .bool(other.type == .null)
        case .notEqual: return .bool(other.type != .null)
        case .add: return other
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard let zero = other.zeroOfItsType else { break }
            return try applyToKnown(operation, isLeftNull ? zero : left, isLeftNull ? right : zero)
        default: return try applyToKnown(operation, left, right)
        }
        return Self.noMeaning(operation, left, right)
    }

    private mutating func applyToKnown(
        _ operation: BinaryOperator, _ left: Value, _ right: Value
    ) throws(EvaluationError) -> Value {
        switch operation {
        case .equal: return .bool(try budget.equal(left, right))
        case .notEqual: return .bool(!(try budget.equal(left, right)))
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return try compare(operation, left, right)
        case .in: return try membership(of: left, in: right)
        case .add: return try sum(left, right)
        case .subtract, .multiply, .divide, .modulo:
            return Arithmetic.apply(operation, left, right) ?? Self.noMeaning(operation, left, right)
        }
    }

    static func noMeaning(_ operation: BinaryOperator, _ left: Value, _ right: Value) -> Value {
        .failure("'\(operation.rawValue)' has no meaning between \(left.typeName) and \(right.typeName)")
    }

    private mutating func compare(
        _ operation: BinaryOperator, _ left: Value, _ right: Value
    ) throws(EvaluationError) -> Value {
        if case .string(let text) = left { try budget.spend(bytes: text.utf8.count) }
        guard let order = left.order(of: right) else { return Self.noMeaning(operation, left, right) }
        return switch operation {
        case .less: .bool(order == .less)
        case .lessOrEqual: .bool(order == .less || order == .equal)
        case .greater: .bool(order == .greater)
        default: .bool(order == .greater || order == .equal)
        }
    }

    private mutating func membership(of element: Value, in container: Value) throws(EvaluationError) -> Value {
        switch container {
        case .list(let list):
            for index in 0..<list.count {
                try budget.spend()
                if try budget.equal(element, list[index]) { return .bool(true) }
            }
            return .bool(false)
        case .map(let map): return .bool(try budget.value(of: element, in: map) != nil)
        default: return Self.noMeaning(.in, element, container)
        }
    }

    /// Numbers add, as do times and spans; texts, bytes and lists are joined; anything else of two types becomes text.
    private mutating func sum(_ left: Value, _ right: Value) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try budget.spend(bytes: left.utf8.count + right.utf8.count)
            return .string(left + right)
        case (.bytes(let left), .bytes(let right)):
            try budget.spend(bytes: left.count + right.count)
            return .bytes(left + right)
        case (.list(let left), .list(let right)):
            try budget.spend(left.count + right.count)
            return .list(.values(left.values + right.values))
        default: break
        }
        if let sum = Arithmetic.apply(.add, left, right) { return sum }
        guard left.type != right.type else { return Self.noMeaning(.add, left, right) }
        let text = try GoText.of(left, budget: &budget) + GoText.of(right, budget: &budget)
        try budget.spend(bytes: text.utf8.count)
        return .string(text)
    }
}
