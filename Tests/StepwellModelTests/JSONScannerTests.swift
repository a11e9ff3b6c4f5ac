import Testing

@testable import StepwellModel

struct JSONScannerTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "12", "-1.5", "1e10", "1E+2", "0.5e-3", "\"\"", "\"a\"", "[]", "{}",
        " [ ] ",
        "[1,2]", "{\"a\":1}", "{\"a\":{\"b\":[null,true,{}]}}", "\t\r\n {\"a\" : 1 , \"b\" : [ 1 , 2 ] }\n",
        "\"\\u00e9\\n\\\\\\\"\\/\\b\\f\\r\\t\"", "\"\\ud800\"", "\"é€😀\"", "\"\u{7f}\"", "\"12345678901234567890é\"",
    ])
    func `a text of the grammar is accepted`(text: String) throws {
        try JSONScanner.validate(Array(text.utf8))
    }

    @Test(arguments: [
        ("", 0, JSONError.Expected.value), ("  ", 2, .value), ("nul", 0, .literal), ("nulx", 3, .literal),
        ("tru]", 3, .literal),
        ("01", 1, .end), ("-", 1, .digit), ("1.", 2, .digit), (".5", 0, .value), ("+1", 0, .value), ("1e", 2, .digit),
        ("1e+", 3, .digit), ("NaN", 0, .value), ("0x1", 1, .end), ("\"", 1, .closingQuote), ("\"abc", 4, .closingQuote),
        ("\"a\nb\"", 2, .escapedControl), ("\"0123456789\t\"", 11, .escapedControl), ("\"\\x\"", 2, .escape),
        ("\"\\", 2, .escape), ("\"\\u12g4\"", 5, .hexDigit), ("\"\\u12", 5, .hexDigit), ("[1,]", 3, .value),
        ("[1 2]", 3, .commaOrBracket),
        ("[", 1, .value), ("[1", 2, .commaOrBracket), ("{", 1, .memberName), ("{a:1}", 1, .memberName),
        ("{\"a\"}", 4, .colon),
        ("{\"a\":1,}", 7, .memberName), ("{\"a\":}", 5, .value), ("{\"a\":1", 6, .commaOrBrace),
        ("{\"a\":1]", 6, .commaOrBrace),
        ("{} {}", 3, .end), ("[]]", 2, .end), ("'a'", 0, .value), ("{\"a\":1 /* no */}", 7, .commaOrBrace),
        ("\u{feff}{}", 0, .value),
    ])
    func `what is not JSON is refused where it goes wrong`(text: String, offset: Int, expected: JSONError.Expected) {
        let error = #expect(throws: JSONError.self) { try JSONScanner.validate(Array(text.utf8)) }
        #expect(error?.offset == offset)
        #expect(error?.expected == expected)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONScanner.validate([0x22] + bytes + [0x22]) }
        #expect(error?.expected == .utf8)
        #expect(error?.offset == 1)
    }

    @Test func `every prefix of a text that needs its end is refused`() throws {
        let text = Array("{\"a\":[1,\"é\\u00e9\",{\"b\":null}],\"c\":-1.5e+3}".utf8)
        try JSONScanner.validate(text)
        for count in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONScanner.validate(Array(text[..<count])) }
        }
    }

    @Test func `128 levels are accepted and 129 are refused`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        try JSONScanner.validate(nested(128))
        let error = #expect(throws: JSONError.self) { try JSONScanner.validate(nested(129)) }
        #expect(error?.expected == .lessDepth)
        #expect(throws: JSONError.self) { try JSONScanner.validate(nested(1_000_000)) }
    }

    @Test func `an error names line, column and what was found`() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "{\n  \"a\": tru\n}") }
        #expect(error?.description == "invalid JSON at line 2, column 11: expected true, false or null, found byte 10")
        let ended = #expect(throws: JSONError.self) { try JSONValue(parsing: "[") }
        #expect(ended?.description == "invalid JSON at line 1, column 2: expected a value, found the end of the text")
    }
}
