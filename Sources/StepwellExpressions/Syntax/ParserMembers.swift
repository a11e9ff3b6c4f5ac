/// Literals, names, calls, members and indices.
extension Parser {
    /// `Primary { "." name [arguments] | "[" Expr "]" }`.
    mutating func member() throws(ExpressionError) -> Node {
        var node = try primary()
        while true {
            let offset = start
            if try take(.dot) {
                node = try selection(from: node, at: offset)
            } else if try take(.openBracket) {
                node = try indexing(of: node, at: offset)
            } else {
                return node
            }
        }
    }

    private mutating func selection(from operand: Node, at offset: Int) throws(ExpressionError) -> Node {
        let nameStart = start
        let field = try fieldName()
        guard token == .symbol(.openParenthesis) else {
            if case .path(var path) = operand {
                path.segments.append(.field(field))
                return typeName(path) ?? .path(path)
            }
            return try made(.select(operand, field: field), over: height, at: offset)
        }
        let operandHeight = height
        if let kind = Node.ComprehensionKind(rawValue: field) {
            return try comprehension(kind, over: operand, rangeHeight: operandHeight, at: nameStart)
        }
        let arguments = try arguments()
        return try call(
            field, [operand] + arguments, hasReceiver: true, over: max(operandHeight, height), at: nameStart)
    }

    private mutating func fieldName() throws(ExpressionError) -> String {
        guard case .identifier(let name) = token, !Self.keywords.contains(name) else {
            throw unexpected("a member's name after '.'")
        }
        try advance()
        return name
    }

    private mutating func indexing(of operand: Node, at offset: Int) throws(ExpressionError) -> Node {
        let operandHeight = height
        let index = try expression()
        let indexHeight = height
        try expect(.closeBracket, to: "after the index")
        if case .path(var path) = operand {
            switch index {
            case .literal(.string(let name)):
                path.segments.append(.field(name))
                height = operandHeight
                return .path(path)
            case .literal(.int(let position)):
                path.segments.append(.position(position))
                height = operandHeight
                return .path(path)
            default: break
            }
        }
        return try made(.index(operand, index), over: operandHeight, indexHeight, at: offset)
    }

    private mutating func primary() throws(ExpressionError) -> Node {
        let offset = start
        let token = token
        switch token {
        case .integer(let magnitude):
            guard let number = Int64(exactly: magnitude) else {
                throw error("the number \(magnitude) does not fit a signed 64-bit integer", at: offset)
            }
            return try literal(.int(number))
        case .unsigned(let number): return try literal(.uint(number))
        case .double(let number): return try literal(.double(number))
        case .string(let text): return try literal(.string(text))
        case .bytes(let bytes): return try literal(.bytes(bytes))
        case .symbol(.openParenthesis):
            try advance()
            let node = try expression()
            try expect(.closeParenthesis, to: "to close the one opened before")
            return node
        case .symbol(.openBracket): return try list()
        case .symbol(.openBrace): return try map()
        case .symbol(.dot):
            try advance()
            return try name()
        case .identifier: return try name()
        default: throw unexpected("a value")
        }
    }

    private mutating func literal(_ value: Value) throws(ExpressionError) -> Node {
        let offset = start
        try advance()
        return try made(.literal(value), at: offset)
    }

    private mutating func name() throws(ExpressionError) -> Node {
        let offset = start
        guard case .identifier(let name) = token else { throw unexpected("a name") }
        switch name {
        case "true": return try literal(.bool(true))
        case "false": return try literal(.bool(false))
        case "null": return try literal(.null)
        default: break
        }
        guard !Self.reserved.contains(name), !Self.keywords.contains(name) else {
            throw error("'\(name)' is a reserved word and cannot be a name", at: offset)
        }
        try advance()
        if token == .symbol(.openParenthesis) {
            if name == "has" { return try presence(at: offset) }
            let arguments = try arguments()
            return try call(name, arguments, hasReceiver: false, over: height, at: offset)
        }
        if let slot = locals.lastIndex(of: name) {
            let root = Node.Root.local(slot: slot, name: name)
            return try made(.path(Node.Path(root: root, segments: [], offset: SourceOffset(offset))), at: offset)
        }
        if let type = ValueType(rawValue: name) { return try made(.literal(.type(type)), at: offset) }
        let path = Node.Path(root: Node.Root(global: name), segments: [], offset: SourceOffset(offset))
        return try made(.path(path), at: offset)
    }

    /// `google.protobuf.Timestamp` and `google.protobuf.Duration` name types.
    private func typeName(_ path: Node.Path) -> Node? {
        guard path.root == .undeclared("google"), path.segments.count == 2 else { return nil }
        let type = [ValueType.timestamp, .duration].first { type in
            path.segments.elementsEqual(type.rawValue.split(separator: ".").dropFirst()) { $0 == .field(String($1)) }
        }
        return type.map { .literal(.type($0)) }
    }

    static let keywords: Set<String> = ["true", "false", "null", "in"]

    static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]
}

// MARK: - Lists, maps, calls

extension Parser {
    /// `"(" [Expr { "," Expr }] ")"`; afterwards ``height`` is that of the highest argument.
    mutating func arguments() throws(ExpressionError) -> [Node] {
        try expect(.openParenthesis, to: "before the arguments")
        return try expressions(until: .closeParenthesis, allowingTrailingComma: false, to: "after the arguments")
    }

    private mutating func expressions(
        until close: Token.Symbol, allowingTrailingComma: Bool, to purpose: String
    ) throws(ExpressionError) -> [Node] {
        var nodes: [Node] = []
        var highest = 0
        while token != .symbol(close) {
            nodes.append(try expression())
            highest = max(highest, height)
            guard try take(.comma) else { break }
            if token == .symbol(close), !allowingTrailingComma { throw unexpected("an argument after ','") }
        }
        guard try take(close) else { throw unexpected("',' or '\(close.rawValue)' \(purpose)") }
        height = highest
        return nodes
    }

    private mutating func list() throws(ExpressionError) -> Node {
        let offset = start
        try advance()
        let elements = try expressions(until: .closeBracket, allowingTrailingComma: true, to: "in the list")
        return try made(.list(elements).foldingLiterals, over: height, at: offset)
    }

    private mutating func map() throws(ExpressionError) -> Node {
        let offset = start
        try advance()
        var entries: [Node.MapEntry] = []
        var highest = 0
        while token != .symbol(.closeBrace) {
            let key = try expression()
            highest = max(highest, height)
            try expect(.colon, to: "between a key and its value")
            entries.append(Node.MapEntry(key: key, value: try expression()))
            highest = max(highest, height)
            guard try take(.comma) else { break }
        }
        guard try take(.closeBrace) else { throw unexpected("',' or '}' in the map") }
        return try made(.map(entries).foldingLiterals, over: highest, at: offset)
    }

    mutating func call(
        _ name: String, _ arguments: [Node], hasReceiver: Bool, over highest: Int, at offset: Int
    ) throws(ExpressionError) -> Node {
        let call = Node.Call(
            function: Function(rawValue: name), name: name, arguments: arguments, hasReceiver: hasReceiver,
            offset: SourceOffset(offset))
        return try made(Node.call(call).compilingPattern, over: highest, at: offset)
    }
}

// MARK: - Macros

extension Parser {
    private mutating func presence(at offset: Int) throws(ExpressionError) -> Node {
        let arguments = try arguments()
        let operandHeight = height
        guard arguments.count == 1 else { throw error("has() takes one member, as in has(event.data.id)", at: offset) }
        switch arguments[0] {
        case .path(var path):
            guard case .field(let field) = path.segments.popLast() else { break }
            return try made(.has(.path(path), field: field), over: operandHeight, at: offset)
        case .select(let operand, let field):
            return try made(.has(operand, field: field), over: operandHeight, at: offset)
        default: break
        }
        throw error("has() takes a member, as in has(event.data.id)", at: offset)
    }

    private mutating func comprehension(
        _ kind: Node.ComprehensionKind, over range: Node, rangeHeight: Int, at offset: Int
    ) throws(ExpressionError) -> Node {
        try expect(.openParenthesis, to: "before the arguments")
        let variable = try macroVariable(of: kind)
        locals.append(variable)
        var arguments: [Node] = []
        var highest = rangeHeight
        while try take(.comma) {
            arguments.append(try expression())
            highest = max(highest, height)
        }
        locals.removeLast()
        try expect(.closeParenthesis, to: "after the arguments")
        guard arguments.count == 1 || (kind == .map && arguments.count == 2) else {
            throw error(Self.usage(of: kind), at: offset)
        }
        let comprehension = Node.Comprehension(
            kind: kind, range: range, variable: variable, slot: locals.count,
            condition: kind == .map && arguments.count == 1 ? nil : arguments[0],
            transform: kind == .map ? arguments.last : nil, offset: SourceOffset(offset))
        return try made(.comprehension(comprehension), over: highest, at: offset)
    }

    private mutating func macroVariable(of kind: Node.ComprehensionKind) throws(ExpressionError) -> String {
        guard case .identifier(let name) = token, !Self.keywords.contains(name), !Self.reserved.contains(name) else {
            throw unexpected("the name of a variable; \(Self.usage(of: kind))")
        }
        try advance()
        guard token == .symbol(.comma) else { throw unexpected("',' after the variable; \(Self.usage(of: kind))") }
        return name
    }

    private static func usage(of kind: Node.ComprehensionKind) -> String {
        switch kind {
        case .map: "map() takes a variable, an optional condition and a result, as in list.map(x, x > 1, x * 2)"
        default: "\(kind.rawValue)() takes a variable and a condition, as in list.\(kind.rawValue)(x, x > 1)"
        }
    }
}
