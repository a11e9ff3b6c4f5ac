/// The smallest unit of an expression's text.
enum Token: Sendable, Equatable {
    case identifier(String)
    /// The digits' value without a sign: whether it fits depends on the minus before it.
    case integer(UInt64)
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case symbol(Symbol)
    case end

    /// Operators and punctuation, longest first where one starts another.
    enum Symbol: String, Sendable, CaseIterable {
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case and = "&&"
        case or = "||"
        case less = "<"
        case greater = ">"
        case not = "!"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divide = "/"
        case modulo = "%"
        case question = "?"
        case colon = ":"
        case comma = ","
        case dot = "."
        case openParenthesis = "("
        case closeParenthesis = ")"
        case openBracket = "["
        case closeBracket = "]"
        case openBrace = "{"
        case closeBrace = "}"
    }

    /// How an error message names what it found.
    var name: String {
        switch self {
        case .identifier(let name): "'\(name)'"
        case .integer(let value): "the number \(value)"
        case .unsigned(let value): "the number \(value)u"
        case .double(let value): "the number \(value)"
        case .string: "a string"
        case .bytes: "a bytes literal"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .end: "the end of the expression"
        }
    }
}
