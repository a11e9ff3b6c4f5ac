/// Builds the tree of an expression by precedence climbing, after the grammar of the CEL language definition.
///
/// Every node is given its height as it is made, so no input yields a tree that recursion could not walk.
struct Parser {
    private var lexer: Lexer
    private(set) var token = Token.end
    private(set) var start = 0
    /// The height of the node that was parsed last.
    var height = 0
    /// Brackets, arguments, unary operators and branches round the current place.
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

    /// Goes a level down; whoever does must come up again.
    mutating func enter() throws(ExpressionError) {
        nesting += 1
        guard nesting <= nestingMax else { throw tooDeep(at: start) }
    }

    private func tooDeep(at offset: Int) -> ExpressionError {
        error("the expression has more than \(nestingMax) levels; split it or use a list and 'in'", at: offset)
    }

    // MARK: - Operators

    /// `Expr = ConditionalOr ["?" ConditionalOr ":" Expr]`. Few calls lie between one level of brackets and the next, since
    /// they are what the stack must hold.
    mutating func expression() throws(ExpressionError) -> Node {
        try enter()
        defer { nesting -= 1 }
        let node = try operators(from: 1)
        return token == .symbol(.question) ? try conditional(on: node) : node
    }

    private mutating func conditional(on condition: Node) throws(ExpressionError) -> Node {
        let (offset, conditionHeight) = (start, height)
        try advance()
        let then = try operators(from: 1)
        let thenHeight = height
        try expect(.colon, to: "between the branches of '?'")
        let otherwise = try expression()
        let node = Node.conditional(condition, then: then, otherwise: otherwise)
        return try made(node, over: conditionHeight, thenHeight, height, at: offset)
    }

    /// Left-associative operators of at least the given precedence.
    private mutating func operators(from precedence: Int) throws(ExpressionError) -> Node {
        var left = try unary()
        while true {
            if let operation = binaryOperator, operation.precedence >= precedence {
                left = try binary(operation, left)
            } else if token == .symbol(.and), precedence <= 2 {
                left = try chain(.and, of: left)
            } else if token == .symbol(.or), precedence <= 1 {
                left = try chain(.or, of: left)
            } else {
                return left
            }
        }
    }

    private mutating func binary(_ operation: BinaryOperator, _ left: Node) throws(ExpressionError) -> Node {
        let (offset, leftHeight) = (start, height)
        try advance()
        let right = try operators(from: operation.precedence + 1)
        return try made(.binary(operation, left, right), over: leftHeight, height, at: offset)
    }

    /// All operands of one chain of `&&` or `||`, which is flat also where parentheses stood.
    private mutating func chain(_ symbol: Token.Symbol, of first: Node) throws(ExpressionError) -> Node {
        let isOr = symbol == .or
        var operands = first.operands(ofOr: isOr)
        var highest = height
        while try take(symbol) {
            operands += try operators(from: isOr ? 2 : 3).operands(ofOr: isOr)
            highest = max(highest, height)
        }
        return try made(isOr ? .or(operands) : .and(operands), over: highest, at: start)
    }

    private var binaryOperator: BinaryOperator? {
        switch token {
        case .symbol(let symbol): symbol.binaryOperator
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
        try enter()
        let operand = try unary()
        nesting -= 1
        guard isOdd else { return operand }
        if symbol == .minus, let negated = operand.negatedNumber { return negated }
        return try made(symbol == .not ? .not(operand) : .negate(operand), over: height, at: offset)
    }
}

extension Token.Symbol {
    /// The operator with two operands that the symbol is, `&&` and `||` aside.
    fileprivate var binaryOperator: BinaryOperator? {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .plus: .add
        case .minus: .subtract
        case .times: .multiply
        case .divide: .divide
        case .modulo: .modulo
        default: nil
        }
    }
}

extension Node {
    /// The operands of a chain of `||` or of `&&`; a node that is no such chain is its only operand.
    func operands(ofOr isOr: Bool) -> [Node] {
        switch self {
        case .or(let operands) where isOr: operands
        case .and(let operands) where !isOr: operands
        default: [self]
        }
    }

    /// The literal that `-` and this literal make; nil for every other node, and where the result does not fit.
    fileprivate var negatedNumber: Node? {
        switch self {
        case .literal(.int(let number)) where number != .min: .literal(.int(-number))
        case .literal(.double(let number)): .literal(.double(-number))
        default: nil
        }
    }
}
