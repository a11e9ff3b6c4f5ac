extension Node {
    /// The node's direct parts, in the order of the text.
    var children: [Node] {
        switch self {
        case .literal, .path: []
        case .select(let operand, _), .not(let operand), .negate(let operand), .matches(let operand, _),
            .has(let operand, _):
            [operand]
        case .index(let left, let right), .binary(_, let left, let right): [left, right]
        case .and(let operands), .or(let operands), .list(let operands): operands
        case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .call(let call): call.arguments
        case .comprehension(let macro): [macro.range] + [macro.condition, macro.transform].compactMap { $0 }
        }
    }

    /// The first objection that `rule` has to a part of the tree, this node itself first.
    func firstObjection<Objection>(_ rule: (Node) -> Objection?) -> Objection? {
        if let objection = rule(self) { return objection }
        for child in children {
            if let objection = child.firstObjection(rule) { return objection }
        }
        return nil
    }

    /// Whether `condition` holds for a part of the tree.
    func contains(_ condition: (Node) -> Bool) -> Bool {
        condition(self) || children.contains { $0.contains(condition) }
    }
}
