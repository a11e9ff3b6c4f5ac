/// Cuts an expression's text into tokens, as the CEL language definition's section "Syntax" says.
struct Lexer {
    let source: String
    let bytes: [UInt8]
    /// Where the next token is looked for.
    var offset = 0

    init(_ source: String) {
        self.source = source
        bytes = Array(source.utf8)
    }

    /// The next token and where it starts.
    mutating func next() throws(ExpressionError) -> (token: Token, start: Int) {
        skipBlanksAndComments()
        let start = offset
        guard let code = peek() else { return (.end, start) }
        if let token = try prefixedLiteral() { return (token, start) }
        if Self.isIdentifierStart(code) { return (.identifier(identifier()), start) }
        if Self.isDigit(code) || (code == UInt8(ascii: ".") && Self.isDigit(peek(1))) {
            return (try number(), start)
        }
        if let symbol = symbol() { return (.symbol(symbol), start) }
        throw error(misplacedCharacter(), at: start)
    }

    func error(_ message: String, at offset: Int) -> ExpressionError {
        ExpressionError(message, at: offset, of: source)
    }

    func peek(_ distance: Int = 0) -> UInt8? {
        let index = offset + distance
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func skipBlanksAndComments() {
        while let code = peek() {
            switch code {
            case 0x20, 0x09, 0x0A, 0x0C, 0x0D: offset += 1
            case UInt8(ascii: "/") where peek(1) == code:
                while let code = peek(), code != 0x0A { offset += 1 }
            default: return
            }
        }
    }

    private mutating func identifier() -> String {
        let start = offset
        while let code = peek(), Self.isIdentifierStart(code) || Self.isDigit(code) { offset += 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func symbol() -> Token.Symbol? {
        for length in [2, 1] where offset + length <= bytes.count {
            let text = String(decoding: bytes[offset..<offset + length], as: UTF8.self)
            if let symbol = Token.Symbol(rawValue: text) {
                offset += length
                return symbol
            }
        }
        return nil
    }

    private func misplacedCharacter() -> String {
        let rest = String(decoding: bytes[offset...], as: UTF8.self)
        let character = rest.unicodeScalars.first.map { String(Character($0)) } ?? ""
        return switch character {
        case "=": "expected an operator; equality is written '=='"
        case "&": "expected an operator; 'and' is written '&&'"
        case "|": "expected an operator; 'or' is written '||'"
        default: "unexpected character '\(character)'"
        }
    }

    static func isIdentifierStart(_ code: UInt8) -> Bool {
        code == UInt8(ascii: "_") || (code | 0x20 >= UInt8(ascii: "a") && code | 0x20 <= UInt8(ascii: "z"))
    }

    static func isDigit(_ code: UInt8?) -> Bool {
        guard let code else { return false }
        return code >= UInt8(ascii: "0") && code <= UInt8(ascii: "9")
    }
}

// MARK: - Numbers

extension Lexer {
    private mutating func number() throws(ExpressionError) -> Token {
        let start = offset
        if peek() == UInt8(ascii: "0"), peek(1) == UInt8(ascii: "x") {
            offset += 2
            return try integer(from: offset, radix: 16, start: start)
        }
        skipDigits()
        var isDouble = false
        if peek() == UInt8(ascii: "."), Self.isDigit(peek(1)) {
            isDouble = true
            offset += 1
            skipDigits()
        }
        if let code = peek(), code | 0x20 == UInt8(ascii: "e"), exponentFollows() {
            isDouble = true
            offset += 2
            skipDigits()
        }
        guard isDouble else { return try integer(from: start, radix: 10, start: start) }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard let value = Double(text.first == "." ? "0" + text : text), value.isFinite else {
            throw error("the number \(text) does not fit a double", at: start)
        }
        try refuseLetterAfterNumber()
        return .double(value)
    }

    private func exponentFollows() -> Bool {
        if Self.isDigit(peek(1)) { return true }
        return (peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")) && Self.isDigit(peek(2))
    }

    private mutating func skipDigits() {
        while Self.isDigit(peek()) { offset += 1 }
    }

    private mutating func integer(from digits: Int, radix: Int, start: Int) throws(ExpressionError) -> Token {
        while let code = peek(), Self.isDigit(code) || (radix == 16 && Self.hexDigit(code) != nil) { offset += 1 }
        let text = String(decoding: bytes[digits..<offset], as: UTF8.self)
        guard !text.isEmpty else { throw error("expected hexadecimal digits after '0x'", at: offset) }
        guard let value = UInt64(text, radix: radix) else {
            throw error("the number \(text) does not fit 64 bits", at: start)
        }
        let isUnsigned = peek() == UInt8(ascii: "u") || peek() == UInt8(ascii: "U")
        if isUnsigned { offset += 1 }
        try refuseLetterAfterNumber()
        return isUnsigned ? .unsigned(value) : .integer(value)
    }

    private func refuseLetterAfterNumber() throws(ExpressionError) {
        if let code = peek(), Self.isIdentifierStart(code) {
            throw error("expected an operator after the number", at: offset)
        }
    }

    static func hexDigit(_ code: UInt8) -> UInt32? {
        switch code {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(code - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(code - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(code - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
