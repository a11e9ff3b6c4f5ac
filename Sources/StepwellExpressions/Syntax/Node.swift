/// A part of a compiled expression.
///
/// Chains of `&&` and `||` are flat, and lists and maps of literals are literals, so that evaluation builds nothing that
/// does not change and the tree is no deeper than the parser allows.
indirect enum Node: Sendable {
    case literal(Value)
    /// A variable and the constant members that follow it: `event.data["id"]`.
    case path(Path)
    case select(Node, field: String)
    case index(Node, Node)
    case not(Node)
    case negate(Node)
    case binary(BinaryOperator, Node, Node)
    case and([Node])
    case or([Node])
    case conditional(Node, then: Node, otherwise: Node)
    case list([Node])
    case map([MapEntry])
    case call(Call)
    /// `matches` with a literal pattern, compiled once.
    case matches(Node, Pattern)
    /// `has(operand.field)`.
    case has(Node, field: String)
    case comprehension(Comprehension)

    struct Path: Sendable, Equatable {
        var root: Root
        var segments: [Segment]
        var offset: SourceOffset
    }

    enum Root: Sendable, Equatable {
        case event
        case async
        case vars
        /// A macro's variable: its place among the enclosing macros' variables, outermost first.
        case local(slot: Int, name: String)
        /// Bound by nothing that we know: refused at registration, unknown at evaluation.
        case undeclared(String)
    }

    enum Segment: Sendable, Equatable {
        case field(String)
        case position(Int64)
    }

    struct MapEntry: Sendable, Equatable {
        var key: Node
        var value: Node
    }

    struct Call: Sendable, Equatable {
        /// Nil for a name that no function has: refused at registration, an error at evaluation.
        var function: Function?
        var name: String
        /// The receiver comes first when there is one.
        var arguments: [Node]
        var hasReceiver: Bool
        var offset: SourceOffset
    }

    /// A literal regular expression, compiled.
    struct Pattern: Sendable, Equatable {
        var source: String
        var program: RegexProgram
        var isReceiverCall: Bool
        var offset: SourceOffset

        static func == (left: Pattern, right: Pattern) -> Bool {
            left.source == right.source && left.isReceiverCall == right.isReceiverCall
        }
    }

    struct Comprehension: Sendable, Equatable {
        var kind: ComprehensionKind
        var range: Node
        var variable: String
        var slot: Int
        /// The condition of `exists`, `all`, `exists_one`, `filter` and of `map` with three arguments.
        var condition: Node?
        /// What `map` makes of each element.
        var transform: Node?
        var offset: SourceOffset
    }

    enum ComprehensionKind: String, Sendable {
        case all
        case exists
        case existsOne = "exists_one"
        case filter
        case map
    }
}

/// Operators with two operands, except the logical ones, which do not always evaluate both.
enum BinaryOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case `in` = "in"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"

    /// The CEL language definition's table "Operators"; higher binds tighter, logical operators have 1 and 2.
    var precedence: Int {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in: 3
        case .add, .subtract: 4
        case .multiply, .divide, .modulo: 5
        }
    }

    var isRelation: Bool { precedence == 3 }
}

extension Node.Root {
    var name: String {
        switch self {
        case .event: "event"
        case .async: "async"
        case .vars: "vars"
        case .local(_, let name), .undeclared(let name): name
        }
    }

    init(global name: String) {
        switch name {
        case "event": self = .event
        case "async": self = .async
        case "vars": self = .vars
        default: self = .undeclared(name)
        }
    }
}
