import StepwellModel

@testable import StepwellExpressions

/// Random trees and events from a seed. Every path that an expression may name exists in every event, with any value,
/// since a missing path of the first event becomes null on purpose and is then no longer unknown.
struct ExpressionGenerator {
    private var random: SeededGenerator
    /// Macro variables in scope.
    private var locals: [String] = []

    private static let names = ["a", "b", "c", "odd name"]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    private mutating func oneOf<T>(_ choices: [T], or first: T) -> T { choices.randomElement(using: &random) ?? first }

    // MARK: - Events

    mutating func event() -> JSONValue {
        .object(JSONObject(Self.names.map { ($0, value(depth: 2)) }))
    }

    private mutating func value(depth: Int) -> JSONValue {
        switch pick(depth > 0 ? 9 : 7) {
        case 0: .null
        case 1: .bool(pick(2) == 0)
        case 2: .integer(Int64(pick(4)))
        case 3: .double(oneOf([0.5, -1, 2, 1e21, 3], or: 1))
        case 4: .integer(9_007_199_254_740_992 + Int64(pick(3)))
        case 5, 6: .string(oneOf(["", "x", "y", "K", "\u{212A}", "1", "é", "e\u{301}"], or: "x"))
        case 7: .array((0..<pick(4)).map { _ in value(depth: depth - 1) })
        default: .object(JSONObject((0..<pick(3)).map { (Self.names[$0], value(depth: depth - 1)) }))
        }
    }

    // MARK: - Expressions

    /// A condition as waits have them: conjuncts, many of which are equalities.
    mutating func waitCondition() -> Node {
        let conjuncts = (0...pick(3)).map { _ in
            pick(3) > 0 ? equality() : node(depth: 3)
        }
        return conjuncts.count == 1 ? conjuncts[0] : Self.and(conjuncts)
    }

    private mutating func equality() -> Node {
        let left = path(.async)
        let right = pick(2) == 0 ? path(.event) : literal()
        return pick(2) == 0 ? .binary(.equal, left, right) : .binary(.equal, right, left)
    }

    private static func and(_ operands: [Node]) -> Node {
        .and(operands.flatMap { if case .and(let inner) = $0 { inner } else { [$0] } })
    }

    private static func or(_ operands: [Node]) -> Node {
        .or(operands.flatMap { if case .or(let inner) = $0 { inner } else { [$0] } })
    }

    mutating func node(depth: Int) -> Node {
        guard depth > 0 else { return leaf() }
        switch pick(15) {
        case 0, 1: return leaf()
        case 2: return .not(node(depth: depth - 1))
        case 3: return negation(of: node(depth: depth - 1))
        case 4, 5, 6: return .binary(operation(), node(depth: depth - 1), node(depth: depth - 1))
        case 7: return Self.and((0...1 + pick(2)).map { _ in node(depth: depth - 1) })
        case 8: return Self.or((0...1 + pick(2)).map { _ in node(depth: depth - 1) })
        case 9:
            return .conditional(
                node(depth: depth - 1), then: node(depth: depth - 1), otherwise: node(depth: depth - 1))
        case 10: return Node.list((0..<pick(3)).map { _ in node(depth: depth - 1) }).foldingLiterals
        case 11: return call(depth: depth)
        case 12: return comprehension(depth: depth)
        case 13: return .has(path(pick(2) == 0 ? .event : .async), field: oneOf(["a", "z"], or: "a"))
        default:
            return Node.map([Node.MapEntry(key: .literal(.string("k")), value: node(depth: depth - 1))]).foldingLiterals
        }
    }

    private mutating func negation(of node: Node) -> Node {
        switch node {
        case .literal(.int), .literal(.double): node
        default: .negate(node)
        }
    }

    private mutating func operation() -> BinaryOperator {
        oneOf(
            [
                .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in, .add, .subtract, .multiply,
                .divide,
                .modulo,
            ], or: .equal)
    }

    private mutating func leaf() -> Node {
        switch pick(locals.isEmpty ? 3 : 4) {
        case 0: return path(.event)
        case 1: return path(.async)
        case 2: return literal()
        default:
            let slot = pick(locals.count)
            // An inner variable of the same name would hide an outer one, so names differ.
            return path(.local(slot: slot, name: locals[slot]), segments: pick(2))
        }
    }

    private mutating func path(_ root: Node.Root, segments: Int = 1) -> Node {
        let names = (0..<segments).map { _ in Node.Segment.field(Self.names[pick(Self.names.count)]) }
        return .path(Node.Path(root: root, segments: names, offset: SourceOffset(0)))
    }

    private mutating func literal() -> Node {
        switch pick(9) {
        case 0: .literal(.null)
        case 1: .literal(.bool(pick(2) == 0))
        case 2: .literal(.int(Int64(pick(5)) - 2))
        case 3: .literal(.double(Double(pick(8)) / 2 - 1))
        case 4: .literal(.uint(UInt64(pick(3))))
        case 5: .literal(.bytes([UInt8(pick(256))]))
        case 6: .literal(.type(.int))
        default: .literal(.string(oneOf(["", "x", "y", "K", "1", "\"\\\n\u{1}é"], or: "x")))
        }
    }

    private mutating func call(depth: Int) -> Node {
        let function: Function = oneOf(
            [
                .size, .string, .int, .double, .type, .lowercase, .contains, .startsWith, .matches, .date, .now,
                .duration,
            ],
            or: .size)
        var arguments: [Node] = []
        let hasReceiver = function.globalArguments == nil || (function == .size && pick(2) == 0)
        if function != .now { arguments.append(node(depth: depth - 1)) }
        if [.contains, .startsWith, .matches].contains(function) { arguments.append(node(depth: depth - 1)) }
        return Node.call(
            Node.Call(
                function: function, name: function.rawValue, arguments: arguments, hasReceiver: hasReceiver,
                offset: SourceOffset(0))
        ).compilingPattern
    }

    private mutating func comprehension(depth: Int) -> Node {
        let range = node(depth: depth - 1)
        let variable = "v\(locals.count)"
        let slot = locals.count
        let kind: Node.ComprehensionKind = oneOf([.all, .exists, .existsOne, .filter, .map], or: .all)
        locals.append(variable)
        let condition = kind == .map && pick(2) == 0 ? nil : node(depth: depth - 1)
        let transform = kind == .map ? node(depth: depth - 1) : nil
        locals.removeLast()
        return .comprehension(
            Node.Comprehension(
                kind: kind, range: range, variable: variable, slot: slot, condition: condition, transform: transform,
                offset: SourceOffset(0)))
    }
}
