/// String and bytes literals: plain or raw, single- or triple-quoted.
extension Lexer {
    /// How a string literal is written.
    private struct Form {
        var isRaw = false
        var isBytes = false
        var quote: UInt8 = 0
        var quoteLength = 1
    }

    /// The literal that starts here, if a quote does, after an optional `b` and an optional `r`.
    mutating func prefixedLiteral() throws(ExpressionError) -> Token? {
        var form = Form()
        var length = 0
        if let code = peek(length), code | 0x20 == UInt8(ascii: "b") {
            form.isBytes = true
            length += 1
        }
        if let code = peek(length), code | 0x20 == UInt8(ascii: "r") {
            form.isRaw = true
            length += 1
        }
        guard let quote = peek(length), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        form.quote = quote
        if peek(length + 1) == quote, peek(length + 2) == quote { form.quoteLength = 3 }
        let start = offset
        offset += length + form.quoteLength
        let content = try content(of: form, start: start)
        if form.isBytes { return .bytes(content) }
        return .string(String(decoding: content, as: UTF8.self))
    }

    private mutating func content(of form: Form, start: Int) throws(ExpressionError) -> [UInt8] {
        var content: [UInt8] = []
        while let code = peek() {
            if closes(form) {
                offset += form.quoteLength
                return content
            }
            if code == UInt8(ascii: "\\"), !form.isRaw {
                try escape(in: form, into: &content)
            } else if form.quoteLength == 1, code == 0x0A || code == 0x0D {
                throw error("expected the closing quote before the end of the line", at: offset)
            } else {
                content.append(code)
                offset += 1
            }
        }
        throw error("expected the closing quote of the string that starts here", at: start)
    }

    private func closes(_ form: Form) -> Bool {
        (0..<form.quoteLength).allSatisfy { peek($0) == form.quote }
    }

    private mutating func escape(in form: Form, into content: inout [UInt8]) throws(ExpressionError) {
        let start = offset
        guard let code = peek(1) else { throw error("expected an escape after '\\'", at: start) }
        offset += 2
        switch code {
        case UInt8(ascii: "a"): content.append(0x07)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "v"): content.append(0x0B)
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "?"):
            content.append(code)
        case UInt8(ascii: "x"), UInt8(ascii: "X"): try codePoint(digits: 2, in: form, start: start, into: &content)
        case UInt8(ascii: "u") where !form.isBytes: try codePoint(digits: 4, in: form, start: start, into: &content)
        case UInt8(ascii: "U") where !form.isBytes: try codePoint(digits: 8, in: form, start: start, into: &content)
        case UInt8(ascii: "0")...UInt8(ascii: "3"): try octal(in: form, start: start, into: &content)
        default:
            let name = String(decoding: [code], as: UTF8.self)
            throw error("unknown escape '\\\(name)'; a backslash itself is written '\\\\'", at: start)
        }
    }

    private mutating func codePoint(
        digits: Int, in form: Form, start: Int, into content: inout [UInt8]
    ) throws(ExpressionError) {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = peek().flatMap(Self.hexDigit), value < 1 << 28 else {
                throw error("expected \(digits) hexadecimal digits in the escape", at: start)
            }
            value = value << 4 | digit
            offset += 1
        }
        try append(value, in: form, start: start, into: &content)
    }

    private mutating func octal(in form: Form, start: Int, into content: inout [UInt8]) throws(ExpressionError) {
        offset = start + 1
        var value: UInt32 = 0
        for _ in 0..<3 {
            guard let code = peek(), code >= UInt8(ascii: "0"), code <= UInt8(ascii: "7") else {
                throw error("expected three octal digits in the escape", at: start)
            }
            value = value << 3 | UInt32(code - UInt8(ascii: "0"))
            offset += 1
        }
        try append(value, in: form, start: start, into: &content)
    }

    /// A byte of a bytes literal, a code point of a string.
    private func append(
        _ value: UInt32, in form: Form, start: Int, into content: inout [UInt8]
    ) throws(ExpressionError) {
        if form.isBytes {
            content.append(UInt8(truncatingIfNeeded: value))
        } else if let scalar = Unicode.Scalar(value) {
            content.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        } else {
            throw error("the escape names no Unicode character", at: start)
        }
    }
}
