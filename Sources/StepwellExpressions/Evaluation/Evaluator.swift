import StepwellModel

/// Walks a tree once, for one scope.
///
/// What goes wrong in a part is a value (``Value/error(_:)``), which most operations pass on and logical ones take as false.
/// Only running out of budget is thrown.
struct Evaluator {
    let scope: Scope
    var budget: Budget
    /// The elements that the enclosing macros are at, outermost first.
    var locals: [Value] = []

    init(_ scope: Scope) {
        self.scope = scope
        budget = Budget(scope.costMax)
    }

    mutating func value(of node: Node) throws(EvaluationError) -> Value {
        try budget.spend()
        switch node {
        case .literal(let value): return value
        case .path(let path): return try value(of: path)
        case .binary(let operation, let left, let right):
            let left = try value(of: left)
            return try apply(operation, left, try value(of: right))
        case .and(let operands): return try deciding(operands, is: false)
        case .or(let operands): return try deciding(operands, is: true)
        case .not(let operand): return Self.negation(of: try value(of: operand))
        case .negate(let operand): return Arithmetic.negative(try value(of: operand))
        case .conditional(let condition, let then, let otherwise):
            return try value(of: try value(of: condition).isTruthy ? then : otherwise)
        case .call(let call): return try value(of: call)
        case .matches(let subject, let pattern): return try matches(try value(of: subject), pattern.program)
        case .select(let operand, let field): return try member(field, of: try value(of: operand))
        case .index(let operand, let index):
            let operand = try value(of: operand)
            return try element(try value(of: index), of: operand)
        case .list(let elements): return try list(elements)
        case .map(let entries): return try map(entries)
        case .has(let operand, let field): return try presence(of: field, in: try value(of: operand))
        case .comprehension(let comprehension): return try value(of: comprehension)
        }
    }

    /// The first operand whose truth is `truth`, else the last one: `a || "default"` is a value, as in JavaScript.
    private mutating func deciding(_ operands: [Node], is truth: Bool) throws(EvaluationError) -> Value {
        var last = Value.unknown
        for operand in operands {
            last = try value(of: operand)
            if last.isTruthy == truth { return last }
        }
        return last
    }

    private static func negation(of operand: Value) -> Value {
        switch operand {
        case .bool(let flag): .bool(!flag)
        case .unknown: .bool(false)
        case .error: operand
        default: .failure("'!' has no meaning for \(operand.typeName)")
        }
    }

    private mutating func list(_ nodes: [Node]) throws(EvaluationError) -> Value {
        var elements: [Value] = []
        elements.reserveCapacity(nodes.count)
        for node in nodes {
            let element = try value(of: node)
            if case .error = element { return element }
            elements.append(element.known)
        }
        return .list(.values(elements))
    }

    private mutating func map(_ nodes: [Node.MapEntry]) throws(EvaluationError) -> Value {
        var entries: [Value.Entry] = []
        entries.reserveCapacity(nodes.count)
        for node in nodes {
            let key = try value(of: node.key)
            if case .error = key { return key }
            let value = try value(of: node.value)
            if case .error = value { return value }
            entries.append(Value.Entry(key: key, value: value.known))
        }
        return Value.Map.checked(entries)
    }
}

extension Value {
    /// What a list or map holds where nothing is known.
    var known: Value {
        if case .unknown = self { return .null }
        return self
    }
}

// MARK: - Members

extension Evaluator {
    private mutating func value(of path: Node.Path) throws(EvaluationError) -> Value {
        switch path.root {
        case .event: try value(at: path.segments, of: scope.event)
        case .async: try value(at: path.segments, of: scope.async)
        case .vars: try value(at: path.segments, of: scope.vars)
        case .local(let slot, _): try value(at: path.segments[...], of: locals[slot])
        case .undeclared: .unknown
        }
    }

    /// Walks the JSON itself, so that only what stands at the end becomes a value.
    private mutating func value(
        at segments: [Node.Segment], of root: JSONValue?
    ) throws(EvaluationError) -> Value {
        guard var current = root else { return .unknown }
        for segment in segments {
            switch (segment, current) {
            case (.field(let name), .object(let object)):
                try budget.spend(object.count >> 3)
                guard let member = object.exactly(name) else { return .unknown }
                current = member
            case (.position(let position), .array(let elements)):
                guard position >= 0, position < elements.count else { return .unknown }
                current = elements[Int(position)]
            default: return .unknown
            }
        }
        return Value(current)
    }

    private mutating func value(
        at segments: ArraySlice<Node.Segment>, of root: Value
    ) throws(EvaluationError) -> Value {
        var current = root
        for segment in segments {
            switch segment {
            case .field(let name): current = try member(name, of: current)
            case .position(let position): current = try element(.int(position), of: current)
            }
        }
        return current
    }

    private mutating func member(_ field: String, of operand: Value) throws(EvaluationError) -> Value {
        switch operand {
        case .map(let map):
            try budget.spend(map.count >> 3)
            return map[field] ?? .unknown
        case .error: return operand
        default: return .unknown
        }
    }

    /// What is not there is unknown: a key, a position, or any part of something that has no parts.
    private mutating func element(_ index: Value, of operand: Value) throws(EvaluationError) -> Value {
        if case .error = operand { return operand }
        if case .error = index { return index }
        switch operand {
        case .map(let map): return try budget.value(of: index, in: map) ?? .unknown
        case .list(let list):
            guard let position = index.integer, position >= 0, position < list.count else { return .unknown }
            return list[Int(position)]
        default: return .unknown
        }
    }

    private mutating func presence(of field: String, in operand: Value) throws(EvaluationError) -> Value {
        switch operand {
        case .map(let map):
            try budget.spend(map.count >> 3)
            return .bool(map[field] != nil)
        case .error: return operand
        default: return .bool(false)
        }
    }
}

extension Value {
    /// The integer that this number is exactly; nil for every other value.
    var integer: Int64? {
        switch self {
        case .int(let number): number
        case .uint(let number): Int64(exactly: number)
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }
}

// MARK: - Macros

extension Evaluator {
    private mutating func value(of macro: Node.Comprehension) throws(EvaluationError) -> Value {
        let elements: [Value]
        switch try value(of: macro.range) {
        case .list(let list):
            try budget.spend(list.count)
            elements = list.values
        case .map(let map):
            try budget.spend(map.count)
            elements = map.entries.map(\.key)
        case .error(let failure): return .error(failure)
        case .unknown: return Self.resultForUnknown(macro.kind)
        case let other: return .failure("\(macro.kind.rawValue)() goes through a list or a map, not \(other.typeName)")
        }
        locals.append(.unknown)
        defer { locals.removeLast() }
        switch macro.kind {
        case .exists: return try quantified(macro, elements, endsAt: true)
        case .all: return try quantified(macro, elements, endsAt: false)
        case .existsOne: return try existsOne(macro, elements)
        case .filter, .map: return try collected(macro, elements)
        }
    }

    /// As a receiver that is unknown gives false; there are no elements to collect.
    private static func resultForUnknown(_ kind: Node.ComprehensionKind) -> Value {
        switch kind {
        case .all, .exists, .existsOne: .bool(false)
        case .filter, .map: .unknown
        }
    }

    private mutating func condition(_ macro: Node.Comprehension, at element: Value) throws(EvaluationError) -> Value {
        locals[macro.slot] = element
        return try macro.condition.map { node throws(EvaluationError) in try value(of: node) } ?? .bool(true)
    }

    /// `exists` ends at the first true, `all` at the first false; an error counts only if nothing decided.
    private mutating func quantified(
        _ macro: Node.Comprehension, _ elements: [Value], endsAt deciding: Bool
    ) throws(EvaluationError) -> Value {
        var error: Value?
        for element in elements {
            let outcome = try condition(macro, at: element)
            if case .error = outcome {
                error = error ?? outcome
            } else if outcome.isTruthy == deciding {
                return .bool(deciding)
            }
        }
        return error ?? .bool(!deciding)
    }

    private mutating func existsOne(
        _ macro: Node.Comprehension, _ elements: [Value]
    ) throws(EvaluationError) -> Value {
        var count = 0
        for element in elements {
            let outcome = try condition(macro, at: element)
            if case .error = outcome { return outcome }
            if outcome.isTruthy { count += 1 }
        }
        return .bool(count == 1)
    }

    private mutating func collected(
        _ macro: Node.Comprehension, _ elements: [Value]
    ) throws(EvaluationError) -> Value {
        var result: [Value] = []
        for element in elements {
            guard try condition(macro, at: element).isTruthy else { continue }
            guard let transform = macro.transform else {
                result.append(element)
                continue
            }
            let transformed = try value(of: transform)
            if case .error = transformed { return transformed }
            result.append(transformed.known)
        }
        return .list(.values(result))
    }
}
