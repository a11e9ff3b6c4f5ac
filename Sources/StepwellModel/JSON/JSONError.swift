/// Why a text is not JSON, and where: what stood at `offset` and what was expected there instead.
package struct JSONError: Error, Sendable, Hashable {
    /// What would have been right at the place of the error.
    package enum Expected: String, Sendable, Hashable {
        case value = "a value"
        case memberName = "a member name in double quotes"
        case colon = "':' after a member name"
        case commaOrBrace = "',' or '}'"
        case commaOrBracket = "',' or ']'"
        case digit = "a digit"
        case literal = "true, false or null"
        case escape = "one of \" \\ / b f n r t u after a backslash"
        case hexDigit = "four hexadecimal digits after \\u"
        case closingQuote = "the closing '\"' of a string"
        case escapedControl = "a control character written as an escape"
        case utf8 = "valid UTF-8"
        case end = "nothing more after the value"
        case lessDepth = "at most 128 levels of arrays and objects"
    }

    package let expected: Expected
    /// Bytes before the error.
    package let offset: Int
    /// From 1, counted in line feeds.
    package let line: Int
    /// From 1, counted in bytes since the last line feed.
    package let column: Int
    /// The byte at `offset`; nil when the text ends there.
    package let found: UInt8?

    /// An error at `offset` of `text`.
    init(_ expected: Expected, at offset: Int, in text: UnsafeBufferPointer<UInt8>) {
        var line = 1
        var lineStart = 0
        for index in 0..<offset where text[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        self.expected = expected
        self.offset = offset
        self.line = line
        column = offset - lineStart + 1
        found = offset < text.count ? text[offset] : nil
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        "invalid JSON at line \(line), column \(column): expected \(expected.rawValue), found \(foundText)"
    }

    private var foundText: String {
        switch found {
        case nil: "the end of the text"
        case let byte? where (0x20..<0x7F).contains(byte): "'\(Character(Unicode.Scalar(byte)))'"
        case let byte?: "byte \(byte)"
        }
    }
}
