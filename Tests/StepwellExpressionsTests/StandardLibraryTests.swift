import Testing

@testable import StepwellExpressions

@Suite struct StandardLibraryTests {
    @Test(arguments: [
        ("size('Wörld')", "5"), ("'😀'.size()", "1"), ("size(b'é')", "2"), ("size([1, 2])", "2"),
        ("{'a': 1}.size()", "1"),
        ("size(event.data.list)", "3"), ("'hello'.contains('ell')", "true"), ("'hello'.contains('')", "true"),
        ("'hello'.contains('elo')", "false"), ("'aabaabaaab'.contains('aaab')", "true"),
        ("'hello'.startsWith('he')", "true"), ("'hello'.startsWith('el')", "false"), ("'hello'.endsWith('lo')", "true"),
        ("'hello'.endsWith('hello!')", "false"), ("'a1'.matches('[0-9]')", "true"), ("matches('ab', '^b')", "false"),
        ("'x'.matches('(')", "error: matches(): a group is not closed in the regular expression"),
        ("'x'.matches('a' + '+')", "false"), ("size(1)", "error: size() has no meaning for int"),
        ("'a'.contains(1)", "error: contains() has no meaning for string and int"),
        ("matches(1, 'a')", "error: matches() has no meaning for int"),
    ])
    func `texts, lists and maps have a size and are searched`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("int(9.99)", "9"), ("int(-9.99)", "-9"), ("int('42')", "42"), ("int(7u)", "7"), ("int(event.data.count)", "9"),
        ("int(timestamp('1970-01-01T00:01:00Z'))", "60"), ("int(1e19)", "error: the value does not fit int"),
        ("int(0.0/0.0)", "error: the value does not fit int"),
        ("int(18446744073709551615u)", "error: the value does not fit int"),
        ("int('4x')", "error: int() was given the text '4x', which is no integer"), ("uint(5)", "5u"),
        ("uint('5')", "5u"),
        ("uint(5.7)", "5u"), ("uint(-1)", "error: the value does not fit uint"), ("double('1.5')", "1.5"),
        ("double(3)", "3"), ("double(3u)", "3"),
        ("double('x')", "error: double() was given the text 'x', which is no number"),
        ("string(1)", "\"1\""), ("string(1.5)", "\"1.5\""), ("string(true)", "\"true\""), ("string(b'ab')", "\"ab\""),
        ("string(b'\\xff')", "error: string() was given bytes that are not UTF-8"), ("string(2u)", "\"2\""),
        ("string(timestamp('2026-01-31T08:30:05.250Z'))", "\"2026-01-31T08:30:05.25Z\""),
        ("string(duration('1h30m0.25s'))", "\"5400.25s\""), ("bytes('é')", "[195 169]"), ("bool('true')", "true"),
        ("bool('f')", "false"),
        ("bool('yes')", "error: bool() was given the text 'yes', which is neither true nor false"),
        ("dyn(1) == 1", "true"), ("string([1])", "error: string() has no meaning for list"),
        ("int(true)", "error: int() has no meaning for bool"),
        ("int(null)", "error: int() has no meaning for null_type"),
    ])
    func `conversions give the value or say why not`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("type(1)", "int"), ("type(1u) == uint", "true"), ("type(1.0) == double", "true"),
        ("type('') == string", "true"),
        ("type(b'') == bytes", "true"), ("type(true) == bool", "true"), ("type(null) == null_type", "true"),
        ("type([]) == list", "true"), ("type({}) == map", "true"), ("type(int) == type", "true"),
        ("type(now()) == google.protobuf.Timestamp", "true"),
        ("type(duration('1s')) == google.protobuf.Duration", "true"), ("type(event.data.count) == double", "true"),
        ("type(event.data.big) == int", "true"), ("type(1) == type(1u)", "false"),
    ])
    func `every value has a type`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("7 / 2", "3"), ("-7 / 2", "-3"), ("7 % -2", "1"), ("7.0 / 2.0", "3.5"), ("event.data.count / 2", "4.5"),
        ("event.data.count * 10", "90"), ("event.data.count + 1", "10"), ("event.data.count % 2", "1"),
        ("2u - 1u", "1u"), ("1 + 1.5", "2.5"), ("1u + 1", "2"), ("[1] + [2]", "[1 2]"), ("'a' + 'b'", "\"ab\""),
        ("b'a' + b'b'", "[97 98]"), ("1.0 / 0", "+Inf"), ("event.data.big + 1", "9007199254740994"),
        ("9223372036854775807 + 1", "error: the result of '+' does not fit its type"),
        ("-9223372036854775808 - 1", "error: the result of '-' does not fit its type"),
        ("9223372036854775807 * 2", "error: the result of '*' does not fit its type"),
        ("-9223372036854775808 / -1", "error: the result of '/' does not fit its type"),
        ("-(-9223372036854775808)", "error: the result of '-' does not fit its type"),
        ("1u - 2u", "error: the result of '-' does not fit its type"),
        ("1 / 0", "error: division by zero in '/'"), ("1 % 0", "error: division by zero in '%'"),
        ("1u / 0u", "error: division by zero in '/'"), ("event.data.count % 0", "error: division by zero in '%'"),
        ("event.data.ratio % 2", "error: '%' takes integers; convert with int(…)"),
        ("'a' - 'b'", "error: '-' has no meaning between string and string"),
        ("true + true", "error: '+' has no meaning between bool and bool"),
        ("{} + {}", "error: '+' has no meaning between map and map"), ("-'a'", "error: '-' has no meaning for string"),
        ("!'a'", "error: '!' has no meaning for string"), ("!1", "error: '!' has no meaning for int"),
    ])
    func `arithmetic never wraps`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("has(event.data.id)", "true"), ("has(event.data.nothing)", "true"), ("has(event.data.missing)", "false"),
        ("has(event.data.missing.deeper)", "false"), ("has(event.data.id.deeper)", "false"),
        ("has({'a': 1}.b)", "false"),
        ("event.data.list.exists(x, x > 2)", "true"), ("event.data.list.exists(x, x > 3)", "false"),
        ("event.data.list.all(x, x > 0)", "true"), ("event.data.list.all(x, x > 1)", "false"),
        ("[].all(x, false)", "true"),
        ("[].exists(x, true)", "false"), ("[1, 2, 2].exists_one(x, x == 1)", "true"),
        ("[1, 2, 2].exists_one(x, x == 2)", "false"), ("[1, 2, 3].filter(x, x % 2 == 1)", "[1 3]"),
        ("[1, 2].map(x, x * 2)", "[2 4]"), ("[1, 2, 3].map(x, x > 1, x * 10)", "[20 30]"),
        ("{'a': 1, 'b': 2}.exists(k, k == 'b')", "true"), ("{'a': 1}.map(k, k + '!')", "[a!]"),
        ("event.data.items.filter(i, i.price > 15).map(i, i.id)", "[b]"),
        ("[[1], [2, 3]].exists(x, x.exists(y, y == 3))", "true"), ("[[1, 2]].map(x, x.map(y, y + size(x)))", "[[3 4]]"),
        ("[1].exists(x, [2].exists(x, x == 2) && x == 1)", "true"), ("[1, 2].exists(x, 1 / (x - 1) == 1)", "true"),
        ("[1, 2].all(x, 1 / (x - 1) == 2)", "false"), ("[1].exists(x, 1 / 0 == 1)", "error: division by zero in '/'"),
        ("[1].map(x, 1 / 0)", "error: division by zero in '/'"), ("[0, 1].filter(x, 1 / x == 1)", "[1]"),
        ("[1, 'a', 0, ''].filter(x, x)", "[1 a]"), ("[1].map(event, event + 1)", "[2]"),
        ("1.exists(x, true)", "error: exists() goes through a list or a map, not int"),
        ("null.all(x, true)", "error: all() goes through a list or a map, not null_type"),
        ("event.data.missing.filter(x, true)", "unknown"), ("[event.data.missing]", "[<nil>]"),
    ])
    func `macros look at every element`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("{'a': 1, 'a': 2}", "error: a map has the key a twice"), ("{1: 1, 1u: 2}", "error: a map has the key 1 twice"),
        ("{1.5: 1}", "error: a map's key must be a bool, an int, a uint or a string, not double"),
        ("{[]: 1}", "error: a map's key must be a bool, an int, a uint or a string, not list"),
        ("{event.data.id: 1}", "map[x:1]"),
    ])
    func `a map's keys are distinct and of four types`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test func `texts are equal byte by byte and ordered by code point`() throws {
        #expect(try outcome(#"'\u00e9' == 'e\u0301'"#) == "false")
        #expect(try outcome(#"'\u212a' == 'K'"#) == "false")
        #expect(try outcome(#"'\uffff' < '\U0001F600'"#) == "true")
        #expect(try outcome(#"{'\u00e9': 1}['e\u0301']"#) == "unknown")
        #expect(try outcome("event.a", event: #"{"e\u0301": 1, "a": 2}"#) == "2")
    }

    @Test func `numbers that only a 64-bit integer holds stay apart`() throws {
        let event = #"{"a": 9007199254740993, "b": 9007199254740992}"#
        #expect(try outcome("event.a == event.b", event: event) == "false")
        #expect(try outcome("event.a > event.b", event: event) == "true")
        #expect(try outcome("event.a == 9007199254740992.0", event: event) == "false")
    }
}

@Suite struct DialectFunctionTests {
    @Test(arguments: [
        ("lowercase('ÀB c')", "\"àb c\""), ("uppercase('straße é')", "\"STRAßE É\""),
        ("b64decode('aGkgw6k=')", "\"hi é\""),
        ("b64decode('YQ==')", "\"a\""), ("b64decode('')", "\"\""),
        ("b64decode('a')", "error: b64decode() was given no valid base 64"),
        ("b64decode('YQ')", "error: b64decode() was given no valid base 64"),
        ("b64decode('/w==')", "error: b64decode() gave bytes that are not UTF-8"),
        ("json_parse('{\"a\": {\"b\": [1, \"x\"]}}').a.b[1]", "\"x\""), ("json_parse('[1, 2]')[0] + 1", "2"),
        ("json_parse('{\"a\": 1, \"a\": 2}').a", "2"), ("json_parse('\"x\"')", "\"x\""),
        (
            "json_parse('{').a",
            "error: json_parse(): invalid JSON at line 1, column 2: expected a member name in double quotes, found the end of the text"
        ),
        ("lowercase(1)", "error: lowercase() has no meaning for int"),
        ("json_parse(b64decode('eyJpZCI6InEifQ==')).id == 'q'", "true"),
    ])
    func `the dialect's own functions work on texts`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("string(now())", "\"2026-01-31T08:30:05.25Z\""), ("string(now_plus('24h'))", "\"2026-02-01T08:30:05.25Z\""),
        ("string(now_minus('1h30m'))", "\"2026-01-31T07:00:05.25Z\""),
        ("string(now_plus('1w2d3h4m5s6ms'))", "\"2026-02-09T11:34:10.256Z\""),
        ("string(now_plus('1.5d'))", "\"2026-02-01T20:30:05.25Z\""), ("now_plus(duration('1h')) > now()", "true"),
        ("now_plus('soon')", "error: 'soon' is no duration such as 24h, 90m or 1d12h"),
        ("now_plus(5)", "error: now_plus() has no meaning for int"), ("now() < now_plus('1s')", "true"),
        ("date(event.data.date) == now()", "true"), ("date(event.ts) == now()", "true"),
    ])
    func `now is the scope's time`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("'2026-01-31'", "2026-01-31T00:00:00Z"), ("'2026-01-31T08:30:05Z'", "2026-01-31T08:30:05Z"),
        ("'2026-01-31 08:30:05'", "2026-01-31T08:30:05Z"),
        ("'2026-01-31T08:30:05.123456789+02:00'", "2026-01-31T06:30:05.123456789Z"),
        ("'2026-01-31 08:30:05 -01:30'", "2026-01-31T10:00:05Z"), ("1769848205", "2026-01-31T08:30:05Z"),
        ("1769848205250", "2026-01-31T08:30:05.25Z"), ("1769848205250000", "2026-01-31T08:30:05.25Z"),
        ("1769848205250000000", "2026-01-31T08:30:05.25Z"), ("'1769848205'", "2026-01-31T08:30:05Z"),
        ("1769848205.0", "2026-01-31T08:30:05Z"), ("0", "1970-01-01T00:00:00Z"), ("5u", "1970-01-01T00:00:05Z"),
        ("timestamp('2026-01-31T08:30:05Z')", "2026-01-31T08:30:05Z"),
    ])
    func `date takes texts and numbers of several forms`(argument: String, expected: String) throws {
        #expect(try outcome("string(date(\(argument)))") == "\"\(expected)\"")
    }

    @Test(arguments: ["'soon'", "'2026-02-30'", "'2026-01-31T25:00:00Z'", "'2026-1-1'", "'2026-01-31T08:30:05Zx'"])
    func `date refuses what is no date`(argument: String) throws {
        #expect(try outcome("date(\(argument))").contains("is no date such as 2026-01-31"))
    }
}
