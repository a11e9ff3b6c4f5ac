import Testing

@testable import StepwellExpressions

/// PROTOCOL 4.2, "Lenient typing", rule by rule.
@Suite struct LenientTypingTests {
    @Test(arguments: [
        ("event.data.missing", "unknown"),
        ("event.data.missing.deeper.still", "unknown"),
        ("event.data.id.deeper", "unknown"),
        ("event.data.nothing.deeper", "unknown"),
        ("event.data.list[3]", "unknown"),
        ("event.data.list[-1]", "unknown"),
        ("event.data.map['z']", "unknown"),
        ("async.data.id", "unknown"),
    ])
    func `what is not there is unknown`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("event.data.missing == null", "true"), ("null == event.data.missing", "true"),
        ("event.data.missing == 'x'", "false"), ("event.data.missing == event.data.missing", "false"),
        ("event.data.missing != null", "false"), ("event.data.missing != 'x'", "true"),
        ("event.data.missing != event.data.missing", "true"),
    ])
    func `unknown equals null alone`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("event.data.missing < 1", "true"), ("event.data.missing <= 1", "true"), ("event.data.missing > 1", "false"),
        ("event.data.missing >= 1", "false"), ("event.data.missing < 'a'", "true"),
        ("event.data.missing > -1", "false"),
        ("1 < event.data.missing", "false"), ("1 <= event.data.missing", "false"), ("1 > event.data.missing", "true"),
        ("1 >= event.data.missing", "true"), ("event.data.missing < null", "true"),
        ("null > event.data.missing", "true"), ("event.data.missing < event.data.other", "true"),
        ("event.data.missing > event.data.other", "false"),
    ])
    func `unknown is below everything`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        "event.data.missing - 1", "2 * event.data.missing", "event.data.missing / 2", "event.data.missing % 2",
        "!event.data.missing", "-event.data.missing", "event.data.missing in [1]", "1 in event.data.missing",
        "int(event.data.missing)", "string(event.data.missing)", "lowercase(event.data.missing)",
        "date(event.data.missing)", "json_parse(event.data.missing)", "now_plus(event.data.missing)",
        "event.data.missing.contains('a')", "event.data.missing.startsWith('a')", "event.data.missing.matches('a')",
        "'a'.contains(event.data.missing)", "'a'.matches(event.data.missing)", "event.data.missing.getHours()",
        "event.data.missing.exists(x, true)", "event.data.missing.all(x, true)",
        "event.data.missing.exists_one(x, true)",
    ])
    func `any other function of unknown is false`(source: String) throws {
        #expect(try outcome(source) == "false")
    }

    @Test func `the size of unknown is 0`() throws {
        #expect(try outcome("size(event.data.missing)") == "0")
        #expect(try outcome("event.data.missing.size()") == "0")
    }

    @Test(arguments: [
        ("null == 1", "false"), ("event.data.nothing == ''", "false"), ("null == false", "false"),
        ("null == []", "false"),
        ("null != 1", "true"), ("event.data.nothing != ''", "true"), ("null == null", "true"),
        ("null != null", "false"),
        ("event.data.nothing == null", "true"),
    ])
    func `null equals only null`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("null > 0", "false"), ("null >= 0", "true"), ("null < 1", "true"), ("null > -1", "true"), ("1 > null", "true"),
        ("null < 'a'", "true"), ("null <= ''", "true"), ("null < true", "true"), ("null < 0.5", "true"),
        ("event.data.nothing < 1u", "true"), ("null < duration('1s')", "true"), ("now() > null", "true"),
        ("null < b'a'", "true"),
    ])
    func `null is ordered as the zero of the other type`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("\"hi\" + 9.1", "\"hi9.1\""), ("'a' + 9", "\"a9\""), ("'a' + event.data.count", "\"a9\""),
        ("9 + 'a'", "\"9a\""),
        ("'is ' + true", "\"is true\""), ("'l' + [1, 'b', true]", "\"l[1 b true]\""),
        ("'l' + event.data.list", "\"l[1 2 3]\""), ("'m' + {'k': 1}", "\"mmap[k:1]\""),
        ("'m' + event.data.map", "\"mmap[a:one b:2]\""), ("'n' + [null]", "\"n[<nil>]\""), ("true + 1", "\"true1\""),
        ("'u' + 3u", "\"u3\""), ("'d' + duration('90m')", "\"d1h30m0s\""),
        ("'b' + b'ab'", "\"b[97 98]\""), ("'n' + event.data.million", "\"n1.234567e+06\""),
        ("'t' + timestamp('2026-01-31T08:30:05Z')", "\"t2026-01-31 08:30:05 +0000 UTC\""),
    ])
    func `plus joins different types as text`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("event.data.id + '-' + event.data.missing", "\"x-\""), ("event.data.missing + '-'", "\"-\""),
        ("5 + event.data.missing", "5"), ("event.data.missing + event.data.other", "unknown"),
        ("'a' + event.data.nothing", "\"a\""), ("null + 1", "1"),
    ])
    func `adding what is missing or null adds nothing`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("1 == 1.0", "true"), ("event.data.count == 9", "true"), ("9u == event.data.count", "true"),
        ("1 < 1.5", "true"),
        ("2u > 1.5", "true"), ("-1 < 1u", "true"), ("1u > -1", "true"), ("1.5 >= 1", "true"), ("1 != 1.0", "false"),
        ("9223372036854775807 < 9223372036854775808.0", "true"), ("-1.5 < -1", "true"), ("1u <= 1.0", "true"),
        ("9 in [8.0, 9.0]", "true"), ("18446744073709551615u > 1e30", "false"),
    ])
    func `numbers compare across their types`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("event.data.list == [1, 2, 3]", "true"), ("[1, [2, {'a': null}]] == [1.0, [2u, {'a': null}]]", "true"),
        ("event.data.map == {'a': 'one', 'b': 2}", "true"), ("event.data.map == {'a': 'one', 'b': 3}", "false"),
        ("event.data.map == {'a': 'one'}", "false"), ("event.data.list != [1, 2]", "true"), ("[] == {}", "false"),
        ("{1: 'a'} == {1u: 'a'}", "true"), ("event.data.items[0] == {'price': 10, 'id': 'a'}", "true"),
    ])
    func `maps and lists are equal by their parts`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("event.data.missing || 'default'", "\"default\""), ("event.data.id || 'default'", "\"x\""),
        ("null || 0", "0"), ("0 || ''", "\"\""), ("'' || event.data.missing", "unknown"), ("[] || 1", "[]"),
        ("{} || 1", "map[]"), ("1 && 'yes'", "\"yes\""), ("0 && 'yes'", "0"), ("'' && 1", "\"\""),
        ("null && 1", "null"),
        ("event.data.missing && 1", "unknown"), ("[] && 'yes'", "\"yes\""), ("{} && 'yes'", "\"yes\""),
        ("1/0 || 'fallback'", "\"fallback\""), ("1/0 && true", "error: division by zero in '/'"),
        ("false || 1/0", "error: division by zero in '/'"), ("true || 1/0", "true"), ("false && 1/0", "false"),
        ("0.0 || 0u || 'end'", "\"end\""), ("true && true && 3", "3"),
    ])
    func `logic goes by truthiness and gives the deciding operand`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: [
        ("event.data.count ? 'y' : 'n'", "\"y\""), ("event.data.zero ? 'y' : 'n'", "\"n\""),
        ("event.data.missing ? 'y' : 'n'", "\"n\""), ("'' ? 'y' : 'n'", "\"n\""), ("[] ? 'y' : 'n'", "\"y\""),
        ("1/0 ? 'y' : 'n'", "\"n\""), ("null ? 1 : true ? 2 : 3", "2"),
    ])
    func `conditions go by truthiness`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test func `a boolean context takes only true and false`() throws {
        #expect(try Expression(parsing: "event.data.ok").evaluateCondition(scope()))
        #expect(try !Expression(parsing: "event.data.no").evaluateCondition(scope()))
        let truthy = try Expression(parsing: "event.data.id")
        #expect(throws: EvaluationError(.failed, "the condition gave string, not true or false")) {
            try truthy.evaluateCondition(scope())
        }
        let missing = try Expression(parsing: "event.data.missing")
        #expect(throws: EvaluationError(.failed, "the condition gave unknown, not true or false")) {
            try missing.evaluateCondition(scope())
        }
    }

    @Test(arguments: [
        ("1 == '1'", "false"), ("true == 1", "false"), ("'a' != 1", "true"), ("[1] == 1", "false"),
        ("1 in {'a': 1}", "false"), ("'a' in {'a': 1}", "true"),
    ])
    func `values of different types are never equal`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test(arguments: ["'a' < 1", "true < 1", "[1] < [2]", "{} > 1", "'2026' < now()"])
    func `types without a common order are an error`(source: String) throws {
        #expect(try outcome(source).hasPrefix("error: '"))
    }
}
