/// Writes a tree as source text that parses to the same tree again.
struct Printer {
    private var text = ""

    /// How tightly the place binds into which a node is written; a node that binds less is put into parentheses.
    private enum Place: Int, Comparable {
        case any = 0
        case or = 1
        case and = 2
        case relation = 3
        case sum = 4
        case product = 5
        case unary = 6
        case member = 7

        static func < (left: Place, right: Place) -> Bool { left.rawValue < right.rawValue }

        var tighter: Place { Place(rawValue: rawValue + 1) ?? .member }
    }

    static func text(of node: Node) -> String {
        var printer = Printer()
        printer.write(node, in: .any)
        return printer.text
    }

    private mutating func write(_ node: Node, in place: Place) {
        let own = Self.place(of: node)
        let needsParentheses = own < place
        if needsParentheses { text += "(" }
        switch node {
        case .literal(let value): write(value)
        case .path(let path): write(path)
        case .select(let operand, let field):
            write(operand, in: .member)
            text += ".\(field)"
        case .index(let operand, let index):
            write(operand, in: .member)
            write([index], between: "[", and: "]")
        case .not(let operand): write("!", before: operand)
        case .negate(let operand): write("-", before: operand)
        case .binary(let operation, let left, let right):
            write(left, in: own)
            text += " \(operation.rawValue) "
            write(right, in: own.tighter)
        case .and(let operands): write(operands, joinedBy: " && ", in: .relation)
        case .or(let operands): write(operands, joinedBy: " || ", in: .and)
        case .conditional(let condition, let then, let otherwise):
            write(condition, in: .or)
            text += " ? "
            write(then, in: .or)
            text += " : "
            write(otherwise, in: .any)
        case .list(let elements): write(elements, between: "[", and: "]")
        case .map(let entries): write(entries)
        case .call(let call): write(call)
        case .matches(let subject, let pattern): write(pattern, on: subject)
        case .has(let operand, let field):
            text += "has("
            write(operand, in: .member)
            text += ".\(field))"
        case .comprehension(let comprehension): write(comprehension)
        }
        if needsParentheses { text += ")" }
    }

    private static func place(of node: Node) -> Place {
        switch node {
        case .conditional: .any
        case .or: .or
        case .and: .and
        case .binary(let operation, _, _): Place(rawValue: operation.precedence) ?? .any
        case .not, .negate, .literal(.int(..<0)): .unary
        case .literal(.double(let number)) where number.sign == .minus: .unary
        default: .member
        }
    }

    /// A second sign of the same kind, or a sign's number, would run into the first.
    private mutating func write(_ sign: String, before operand: Node) {
        text += sign
        write(operand, in: Self.place(of: operand) == .unary ? .member : .unary)
    }

    private mutating func write(_ nodes: [Node], joinedBy separator: String, in place: Place) {
        for (index, node) in nodes.enumerated() {
            if index > 0 { text += separator }
            write(node, in: place)
        }
    }

    private mutating func write(_ nodes: [Node], between open: String, and close: String) {
        text += open
        write(nodes, joinedBy: ", ", in: .any)
        text += close
    }

    private mutating func write(_ entries: [Node.MapEntry]) {
        text += "{"
        for (index, entry) in entries.enumerated() {
            if index > 0 { text += ", " }
            write(entry.key, in: .any)
            text += ": "
            write(entry.value, in: .any)
        }
        text += "}"
    }

    private mutating func write(_ path: Node.Path) {
        text += path.root.name
        for segment in path.segments {
            switch segment {
            case .field(let name) where Self.isPlain(name): text += ".\(name)"
            case .field(let name): text += "[\(LiteralText.quoted(name))]"
            case .position(let position): text += "[\(position)]"
            }
        }
    }

    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, Lexer.isIdentifierStart(first), !Parser.keywords.contains(name) else {
            return false
        }
        return name.utf8.allSatisfy { Lexer.isIdentifierStart($0) || Lexer.isDigit($0) }
    }

    private mutating func write(_ call: Node.Call) {
        var arguments = call.arguments[...]
        if call.hasReceiver, let receiver = arguments.popFirst() {
            write(receiver, in: .member)
            text += "."
        }
        text += call.name
        write(Array(arguments), between: "(", and: ")")
    }

    private mutating func write(_ pattern: Node.Pattern, on subject: Node) {
        if pattern.isReceiverCall {
            write(subject, in: .member)
            text += ".matches("
        } else {
            text += "matches("
            write(subject, in: .any)
            text += ", "
        }
        text += LiteralText.quoted(pattern.source) + ")"
    }

    private mutating func write(_ macro: Node.Comprehension) {
        write(macro.range, in: .member)
        text += ".\(macro.kind.rawValue)(\(macro.variable)"
        for argument in [macro.condition, macro.transform] {
            guard let argument else { continue }
            text += ", "
            write(argument, in: .any)
        }
        text += ")"
    }

    private mutating func write(_ value: Value) { LiteralText.append(value, to: &text) }
}
