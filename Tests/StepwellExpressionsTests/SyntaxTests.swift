import Testing

@testable import StepwellExpressions

@Suite struct SyntaxTests {
    @Test(arguments: [
        ("1", "1"), ("-1", "-1"), ("0x1F", "31"), ("-0x10", "-16"), ("7u", "7u"), ("0xFFu", "255u"), ("7U", "7u"),
        ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551615u", "18446744073709551615u"), ("1.5", "1.5"), (".5", "0.5"), ("1e3", "1000"),
        ("2.5e-1", "0.25"), ("1E+2", "100"), ("--1", "1"), ("- 1", "-1"), ("true", "true"), ("false", "false"),
        ("null", "null"), ("-(-1)", "1"),
    ])
    func `numbers and constants are read in every form`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        (#"'a'"#, "a"), (#""a""#, "a"), (#"'''a'b''c'''"#, "a'b''c"), ("\"\"\"line\nbreak\"\"\"", "line\nbreak"),
        (#"r'\d'"#, #"\d"#), (#"R"\n""#, #"\n"#), (#"r'''\'''"#, #"\"#),
        (#"'\n\t\r\a\b\f\v'"#, "\n\t\r\u{7}\u{8}\u{C}\u{B}"),
        (#"'\\ \' \" \? \`'"#, #"\ ' " ? `"#), (#"'\x41\101'"#, "AA"), (#"'\u00e9\U0001F600'"#, "é😀"),
        (#"'\xe9'"#, "é"),
        ("'Wörld'", "Wörld"), ("''", ""), ("''''''", ""),
    ])
    func `texts are read in every form`(source: String, expected: String) throws {
        #expect(try outcome(source) == "\"\(expected)\"")
    }

    @Test(arguments: [
        (#"b'ab'"#, "[97 98]"), (#"B"\xff\000""#, "[255 0]"), (#"br'\x'"#, "[92 120]"), ("b'é'", "[195 169]"),
        ("b'''a'''", "[97]"), ("b''", "[]"),
    ])
    func `bytes are read in every form`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 2 - 3", "5"), ("2 * 3 % 4", "2"), ("1 + 1 == 2", "true"),
        ("true || false && false", "true"), ("!true || true", "true"), ("1 < 2 == true", "true"), ("-2 * 3", "-6"),
        ("true ? 1 : false ? 2 : 3", "1"), ("1 in [1] && 2 in [2]", "true"), ("!!true", "true"), ("!(!true)", "true"),
        ("2 - -1", "3"), ("[1, 2,][1]", "2"), ("{'a': 1,}.a", "1"), ("{'a': {'b': [5]}}.a['b'][0]", "5"),
        ("1 // a comment", "1"), ("// first\n 1\t+\r\n2", "3"), (".event.data.count", "9"),
    ])
    func `operators bind as in CEL`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("event.data.id", "\"x\""), ("event['data']['id']", "\"x\""), ("event.data['odd name']", "1"),
        ("event.data.list[1]", "2"), ("event.data.nested.deep.id", "7"), ("event.data.items[1].id", "\"b\""),
        ("event.data[event.data.names[0]]", "unknown"), ("event.data['co' + 'unt']", "9"),
        ("event.data.list[1.0]", "2"),
        ("event.data.list[event.data.zero]", "1"), ("{1: 'a', 'b': 2, true: 3, 4u: 5}[4]", "5"),
    ])
    func `members are reached by name, by text and by position`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("", 1, 1, "expected a value, found the end of the expression"),
        ("event.data.id == ", 1, 18, "expected a value, found the end of the expression"),
        ("event.data.id = 'x'", 1, 15, "expected an operator; equality is written '=='"),
        ("a & b", 1, 3, "expected an operator; 'and' is written '&&'"),
        ("a | b", 1, 3, "expected an operator; 'or' is written '||'"),
        ("a b", 1, 3, "expected an operator or the end of the expression, found 'b'"),
        ("(1 + 2", 1, 7, "expected ')' to close the one opened before, found the end of the expression"),
        ("[1, 2", 1, 6, "expected ',' or ']' in the list, found the end of the expression"),
        ("{'a' 1}", 1, 6, "expected ':' between a key and its value, found the number 1"),
        ("true ? 1", 1, 9, "expected ':' between the branches of '?', found the end of the expression"),
        ("event.data.", 1, 12, "expected a member's name after '.', found the end of the expression"),
        ("event.in", 1, 7, "expected a member's name after '.', found 'in'"),
        ("f(1,)", 1, 5, "expected an argument after ',', found ')'"),
        ("'é' ==\n  'open", 2, 3, "expected the closing quote of the string that starts here"),
        ("'a\nb'", 1, 3, "expected the closing quote before the end of the line"),
        (#"'\q'"#, 1, 2, #"unknown escape '\q'; a backslash itself is written '\\'"#),
        (#"'\x4'"#, 1, 2, "expected 2 hexadecimal digits in the escape"),
        (#"'\ud800'"#, 1, 2, "the escape names no Unicode character"),
        (#"'\4'"#, 1, 2, #"unknown escape '\4'; a backslash itself is written '\\'"#),
        ("9223372036854775808", 1, 1, "the number 9223372036854775808 does not fit a signed 64-bit integer"),
        ("99999999999999999999", 1, 1, "the number 99999999999999999999 does not fit 64 bits"),
        ("1e999", 1, 1, "the number 1e999 does not fit a double"),
        ("0x", 1, 3, "expected hexadecimal digits after '0x'"), ("12ab", 1, 3, "expected an operator after the number"),
        ("for", 1, 1, "'for' is a reserved word and cannot be a name"), ("a # b", 1, 3, "unexpected character '#'"),
        ("has(event)", 1, 1, "has() takes a member, as in has(event.data.id)"),
        ("has(a.b, c)", 1, 1, "has() takes one member, as in has(event.data.id)"),
        (
            "l.exists(1, true)", 1, 10,
            "expected the name of a variable; exists() takes a variable and a condition, as in list.exists(x, x > 1), "
                + "found the number 1"
        ),
        ("l.all(x, 1, 2)", 1, 3, "all() takes a variable and a condition, as in list.all(x, x > 1)"),
    ])
    func `a syntax error says what was expected, and where`(
        source: String, line: Int, column: Int, message: String
    ) {
        #expect(throws: ExpressionError(message: message, line: line, column: column)) {
            try Expression(parsing: source)
        }
    }
}

@Suite struct PrintingTests {
    @Test(arguments: [
        "event.data.id == async.data.id", "1 + 2 * 3", "(1 + 2) * 3", "10 - (2 - 3)", "a && (b || c) && !d",
        "(a ? b : c) ? d : e", "a ? b : c ? d : e", "-(a + b)", "!(a == b)", "!(!a)", "-(-a)", "(-9.5).a", "a - -9",
        "event[\"odd name\"].list[0]", "event[\"in\"]", "f(1, \"x\").g", "has(a.b.c)", "has({\"a\": 1}.a)",
        "l.map(x, x > 1, x * 2).filter(y, y != 4)", "[1, 2.0, 3u, b\"\\x00\\xff\", null]", "{\"a\": [true], 1: {}}",
        "\"q\\\"\\\\\\n\\x01é\"", "a.matches(\"^x\")", "matches(a, b)", "-9223372036854775808", "x[y]",
        "type(1) == int", "a in [1] == true", "(a || b) == c", "[a, b][0].c", "1e+100", "google.protobuf.Timestamp",
        "x.exists(event, event == async)",
    ])
    func `canonical text prints as itself`(source: String) throws {
        #expect(Expression(try Expression(parsing: source).root).source == source)
    }

    @Test(arguments: [
        ("a&&b  &&(c&&d)", "a && b && c && d"), ("event['data'].id", "event.data.id"), ("'x'", "\"x\""), ("0x10", "16"),
        ("- 5", "-5"), ("r'\\d'", "\"\\\\d\""), ("!!a", "a"), (".5", "0.5"), ("[1, 2,]", "[1, 2]"), ("((a))", "a"),
    ])
    func `other spellings print in canonical form`(source: String, canonical: String) throws {
        #expect(Expression(try Expression(parsing: source).root).source == canonical)
    }
}
