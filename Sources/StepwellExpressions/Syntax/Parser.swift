/// Builds the tree of an expression by precedence climbing, after the grammar of the CEL language definition.
///
/// Every node is given its height as it is made, so no input yields a tree that recursion could not walk.
struct Parser {
    private var lexer: Lexer
    private(set) var token = Token.end
    private(set) var start = 0
    /// The height of the node that was parsed last.
    var height = 0
    /// Open brackets, unary operators and arguments round the current place.
    private var nesting = 0
    private let nestingMax: Int
    /// The variables of the macros round the current place, outermost first.
    var locals: [String] = []

    static func parse(_ source: String, nestingMax: Int) throws(ExpressionError) -> Node {
        var parser = Parser(source, nestingMax: nestingMax)
        try parser.advance()
        let node = try parser.expression()
        guard parser.token == .end else { throw parser.unexpected("an operator or the end of the expression") }
        return node
    }

    private init(_ source: String, nestingMax: Int) {
        lexer = Lexer(source)
        self.nestingMax = nestingMax
    }

    // MARK: - Tokens

    mutating func advance() throws(ExpressionError) {
        (token, start) = try lexer.next()
    }

    /// Whether `symbol` stands here; takes it if so.
    mutating func take(_ symbol: Token.Symbol) throws(ExpressionError) -> Bool {
        guard token == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    mutating func expect(_ symbol: Token.Symbol, to purpose: String) throws(ExpressionError) {
        guard try take(symbol) else { throw unexpected("'\(symbol.rawValue)' \(purpose)") }
    }

    func unexpected(_ expected: String) -> ExpressionError {
        error("expected \(expected), found \(token.name)", at: start)
    }

    func error(_ message: String, at offset: Int) -> ExpressionError { lexer.error(message, at: offset) }

    // MARK: - Depth

    /// `node`, which has children of the given heights.
    mutating func made(_ node: Node, over heights: Int..., at offset: Int) throws(ExpressionError) -> Node {
        height = (heights.max() ?? 0) + 1
        guard height <= nestingMax else { throw tooDeep(at: offset) }
        return node
    }

    mutating func nested<Result>(
        _ body: (inout Parser) throws(ExpressionError) -> Result
    ) throws(ExpressionError) -> Result {
        nesting += 1
        guard nesting <= nestingMax else { throw tooDeep(at: start) }
        let result = try body(&self)
        nesting -= 1
        return result
    }

    private func tooDeep(at offset: Int) -> ExpressionError {
        error("the expression has more than \(nestingMax) levels; split it or use a list and 'in'", at: offset)
    }

    // MARK: - Operators

    /// `Expr = ConditionalOr ["?" ConditionalOr ":" Expr]`.
    mutating func expression() throws(ExpressionError) -> Node {
        try nested { parser throws(ExpressionError) in
            let condition = try parser.disjunction()
            let question = parser.start
            guard try parser.take(.question) else { return condition }
            let conditionHeight = parser.height
            let then = try parser.disjunction()
            let thenHeight = parser.height
            try parser.expect(.colon, to: "between the branches of '?'")
            let otherwise = try parser.expression()
            let node = Node.conditional(condition, then: then, otherwise: otherwise)
            return try parser.made(node, over: conditionHeight, thenHeight, parser.height, at: question)
        }
    }

    private mutating func disjunction() throws(ExpressionError) -> Node {
        let first = try conjunction()
        guard token == .symbol(.or) else { return first }
        var operands = Self.flattenedOr(first)
        var highest = height
        while try take(.or) {
            operands += Self.flattenedOr(try conjunction())
            highest = max(highest, height)
        }
        return try made(.or(operands), over: highest, at: start)
    }

    private mutating func conjunction() throws(ExpressionError) -> Node {
        let first = try binary(from: 3)
        guard token == .symbol(.and) else { return first }
        var operands = Self.flattenedAnd(first)
        var highest = height
        while try take(.and) {
            operands += Self.flattenedAnd(try binary(from: 3))
            highest = max(highest, height)
        }
        return try made(.and(operands), over: highest, at: start)
    }

    private static func flattenedOr(_ node: Node) -> [Node] {
        if case .or(let operands) = node { return operands }
        return [node]
    }

    private static func flattenedAnd(_ node: Node) -> [Node] {
        if case .and(let operands) = node { return operands }
        return [node]
    }

    /// Left-associative operators of at least the given precedence.
    private mutating func binary(from precedence: Int) throws(ExpressionError) -> Node {
        var left = try unary()
        while let symbol = binaryOperator, symbol.precedence >= precedence {
            let offset = start
            let leftHeight = height
            try advance()
            let right = try binary(from: symbol.precedence + 1)
            left = try made(.binary(symbol, left, right), over: leftHeight, height, at: offset)
        }
        return left
    }

    private var binaryOperator: BinaryOperator? {
        switch token {
        case .symbol(let symbol): BinaryOperator(rawValue: symbol.rawValue)
        case .identifier("in"): .in
        default: nil
        }
    }

    /// `!` and `-`; an even number of one of them cancels out, as in cel-go.
    private mutating func unary() throws(ExpressionError) -> Node {
        guard case .symbol(let symbol) = token, symbol == .not || symbol == .minus else { return try member() }
        let offset = start
        var isOdd = false
        while try take(symbol) { isOdd.toggle() }
        if isOdd, symbol == .minus, token == .integer(UInt64(Int64.max) + 1) {
            // The one integer whose magnitude fits only with its sign.
            try advance()
            return try made(.literal(.int(.min)), at: offset)
        }
        let operand = try nested { parser throws(ExpressionError) in try parser.unary() }
        guard isOdd else { return operand }
        if symbol == .minus, let negated = operand.negatedNumber { return negated }
        return try made(symbol == .not ? .not(operand) : .negate(operand), over: height, at: offset)
    }
}

extension Node {
    /// The literal that `-` and this literal make; nil for every other node, and where the result does not fit.
    fileprivate var negatedNumber: Node? {
        switch self {
        case .literal(.int(let number)) where number != .min: .literal(.int(-number))
        case .literal(.double(let number)): .literal(.double(-number))
        default: nil
        }
    }
}
