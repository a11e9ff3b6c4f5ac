import StepwellModel

/// Replaces `event` by what it is, and computes whatever is then constant.
struct Interpolation {
    private let event: JSONValue
    /// Shared by all that is computed, so that interpolation costs no more than an evaluation; what is not computed for want
    /// of budget stays an operation.
    private var evaluator: Evaluator

    init(event: JSONValue, now: Timestamp) {
        self.event = event
        evaluator = Evaluator(Scope(event: event, now: now))
    }

    /// A path that does not exist becomes null. What fails, or has no literal, stays an operation and fails, or gives its
    /// value, when the expression is evaluated.
    mutating func applied(to node: Node) -> Node {
        switch node {
        case .literal: return node
        case .path(let path): return path.root == .event ? .literal(value(at: path)) : node
        case .has(let operand, let field): return presence(of: field, in: operand, as: node)
        case .and(let operands): return chain(operands, endsAt: false)
        case .or(let operands): return chain(operands, endsAt: true)
        case .conditional(let condition, let then, let otherwise):
            let condition = applied(to: condition)
            if case .literal(let value) = condition { return applied(to: value.isTruthy ? then : otherwise) }
            return .conditional(condition, then: applied(to: then), otherwise: applied(to: otherwise))
        default:
            let node = withPartsApplied(node)
            return node.isConstant ? constant(node) ?? node : node
        }
    }

    private func value(at path: Node.Path) -> Value {
        var unlimited = Evaluator(Scope(event: event, now: evaluator.scope.now, costMax: .max))
        let value = try? unlimited.value(of: .path(path))
        return value?.known ?? .null
    }

    /// The node's value as a literal; nil when it fails, is unknown or cannot be written.
    private mutating func constant(_ node: Node) -> Node? {
        // A macro's variable has its place after those of the macros round it, which stand for nothing here.
        if case .comprehension(let macro) = node {
            evaluator.locals = Array(repeating: .unknown, count: macro.slot)
        }
        defer { evaluator.locals = [] }
        guard let value = try? evaluator.value(of: node), LiteralText.canWrite(value) else { return nil }
        return .literal(value)
    }

    /// Whether a member of the event is present is known; that it became null does not make it present.
    private mutating func presence(of field: String, in operand: Node, as node: Node) -> Node {
        if case .path(let path) = operand, path.root == .event { return constant(node) ?? node }
        let operand = applied(to: operand)
        let node = Node.has(operand, field: field)
        return operand.literalValue == nil ? node : constant(node) ?? node
    }

    /// Operands that decide nothing are dropped, and what follows one that decides.
    private mutating func chain(_ operands: [Node], endsAt deciding: Bool) -> Node {
        var kept: [Node] = []
        for (index, operand) in operands.enumerated() {
            let operand = applied(to: operand)
            let truth = operand.literalValue?.isTruthy
            if let truth, truth != deciding, index + 1 < operands.count { continue }
            kept += operand.operands(ofOr: deciding)
            if truth == deciding { break }
        }
        guard kept.count > 1 else { return kept.first ?? .literal(.bool(!deciding)) }
        return deciding ? .or(kept) : .and(kept)
    }

    private mutating func withPartsApplied(_ node: Node) -> Node {
        switch node {
        case .select(let operand, let field): return .select(applied(to: operand), field: field)
        case .index(let operand, let index): return .index(applied(to: operand), applied(to: index)).joiningPath
        case .not(let operand): return .not(applied(to: operand))
        case .negate(let operand): return .negate(applied(to: operand))
        case .binary(let operation, let left, let right):
            return .binary(operation, applied(to: left), applied(to: right))
        case .list(let elements): return Node.list(elements.map { applied(to: $0) }).foldingLiterals
        case .map(let entries):
            return Node.map(
                entries.map { Node.MapEntry(key: applied(to: $0.key), value: applied(to: $0.value)) }
            ).foldingLiterals
        case .matches(let subject, let pattern): return .matches(applied(to: subject), pattern)
        case .call(var call):
            call.arguments = call.arguments.map { applied(to: $0) }
            return Node.call(call).compilingPattern
        case .comprehension(var macro):
            macro.range = applied(to: macro.range)
            macro.condition = macro.condition.map { applied(to: $0) }
            macro.transform = macro.transform.map { applied(to: $0) }
            return .comprehension(macro)
        default: return node
        }
    }
}

extension Node {
    /// Whether nothing in the node can change from one evaluation to the next.
    fileprivate var isConstant: Bool {
        guard case .comprehension(let macro) = self else {
            return !dependsOnTime && children.allSatisfy { $0.literalValue != nil }
        }
        return !contains { part in
            switch part {
            case .path(let path):
                guard case .local(let slot, _) = path.root else { return true }
                return slot < macro.slot
            default: return part.dependsOnTime
            }
        }
    }

    /// Of its own, parts aside.
    private var dependsOnTime: Bool {
        guard case .call(let call) = self else { return false }
        return call.function?.dependsOnTime ?? true
    }

    /// A path and a constant index as one path, which is what the parser would make of the text.
    fileprivate var joiningPath: Node {
        guard case .index(.path(var path), .literal(let index)) = self else { return self }
        switch index {
        case .string(let name): path.segments.append(.field(name))
        case .int(let position): path.segments.append(.position(position))
        default: return self
        }
        return .path(path)
    }
}
