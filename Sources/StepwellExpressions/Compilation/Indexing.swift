import StepwellModel

/// Splits a condition into an equality that a hash table finds and the rest.
extension Node {
    struct Index {
        var path: [String]
        var value: JSONValue
        /// Nil when the equality was all.
        var residual: Node?
    }

    /// One conjunct `async.<path> == <literal>`, either way round: the first with a text or a number, which tell more
    /// events apart than a bool does, else the first with a bool.
    var index: Index? {
        let conjuncts = if case .and(let operands) = self { operands } else { [self] }
        let equalities = conjuncts.enumerated().compactMap { place, node in node.equality.map { (place, $0) } }
        let chosen = equalities.first { $0.1.value.boolValue == nil } ?? equalities.first
        guard let (place, equality) = chosen else { return nil }
        return Index(path: equality.path, value: equality.value, residual: Self.residual(of: conjuncts, without: place))
    }

    private var equality: (path: [String], value: JSONValue)? {
        guard case .binary(.equal, let left, let right) = self else { return nil }
        return Self.equality(left, right) ?? Self.equality(right, left)
    }

    private static func equality(_ side: Node, _ other: Node) -> (path: [String], value: JSONValue)? {
        guard case .path(let path) = side, path.root == .async, case .literal(let literal) = other,
            let value = IndexValue(literal: literal)
        else { return nil }
        var names: [String] = []
        for segment in path.segments {
            guard case .field(let name) = segment else { return nil }
            names.append(name)
        }
        return names.isEmpty ? nil : (names, value.json)
    }

    /// What remains of a chain once one conjunct is known to be true.
    private static func residual(of conjuncts: [Node], without place: Int) -> Node? {
        var rest = conjuncts
        rest.remove(at: place)
        guard let last = rest.last else { return nil }
        // The chain's value is its last operand's. If that was the equality, what is last now counts by its truth only.
        if place == conjuncts.count - 1, !last.isBoolean { rest.append(.literal(.bool(true))) }
        return rest.count == 1 ? rest[0] : .and(rest)
    }

    /// Whether the node's value, when it has one, is true or false.
    private var isBoolean: Bool {
        switch self {
        case .literal(.bool), .not, .matches, .has: true
        case .binary(let operation, _, _): operation.isRelation
        case .and(let operands), .or(let operands): operands.allSatisfy(\.isBoolean)
        case .conditional(_, let then, let otherwise): then.isBoolean && otherwise.isBoolean
        case .comprehension(let macro): macro.kind == .all || macro.kind == .exists || macro.kind == .existsOne
        default: false
        }
    }
}
