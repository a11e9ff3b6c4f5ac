import Testing

@testable import StepwellExpressions

@Suite struct CheckTests {
    private static let variables: Set<String> = ["event", "async"]

    @Test(arguments: [
        ("evnt.data.id == 'x'", 1, 1, "unknown name 'evnt'; the variables here are: async, event"),
        ("event.data.id == 'x' &&\n  user", 2, 3, "unknown name 'user'; the variables here are: async, event"),
        ("vars.a", 1, 1, "unknown name 'vars'; the variables here are: async, event"),
        ("[1].map(x, x + y)", 1, 16, "unknown name 'y'; the variables here are: async, event"),
        ("[1].map(x, x) + x", 1, 17, "unknown name 'x'; the variables here are: async, event"),
        ("event.data[a]", 1, 12, "unknown name 'a'; the variables here are: async, event"),
        ("true || lower(event.name)", 1, 9, "there is no function 'lower()'"),
        ("event.name.trim()", 1, 12, "there is no function 'trim()'"),
        ("size()", 1, 1, "size() takes 1 argument(s), not 0"),
        ("size(1, 2)", 1, 1, "size() takes 1 argument(s), not 2"),
        ("event.name.contains()", 1, 12, "contains() takes 1 argument(s), not 0"),
        ("contains('a', 'b')", 1, 1, "contains() is called on a value, as in x.contains(…)"),
        ("'a'.lowercase()", 1, 5, "lowercase() is called as lowercase(…), not on a value"),
        ("now(1)", 1, 1, "now() takes 0 argument(s), not 1"),
        ("now().getHours('a', 'b')", 1, 7, "getHours() takes 0 or 1 argument(s), not 2"),
        ("event.name.matches('(')", 1, 12, "a group is not closed in the regular expression"),
        ("interpolation_failure('x')", 1, 1, "there is no function 'interpolation_failure()'"),
    ])
    func `registration refuses what is not defined, and says where`(
        source: String, line: Int, column: Int, message: String
    ) throws {
        let expression = try Expression(parsing: source)
        #expect(throws: ExpressionError(message: message, line: line, column: column)) {
            try expression.check(variables: Self.variables)
        }
    }

    @Test(arguments: [
        "event.data.id == async.data.id", "type(event.data) == map && int(1) == 1", "[1].exists(x, x == 1)",
        "event.name.matches('^a') || matches(event.name, event.data.pattern)", "now() > date(event.ts)",
        "async.ts == null || async.ts > 5", "type(now()) == google.protobuf.Timestamp", "has(event.data.id)",
    ])
    func `registration accepts what is defined`(source: String) throws {
        try Expression(parsing: source).check(variables: Self.variables)
    }

    @Test func `an unknown function fails, and an unknown name is unknown, when evaluated unchecked`() throws {
        #expect(try outcome("lower('A')") == "error: there is no function lower()")
        #expect(try outcome("size()") == "error: size() takes 1 argument(s), not 0")
        #expect(try outcome("evnt.data.id") == "unknown")
    }

    @Test(arguments: [
        "event.data.id == async.data.id", "event.data.a > -1 && !(async.b < 2.5) || async.c in [1, 'x']",
        "async.ts == null || async.ts > 1769848205250", "event['data']['id'] != null", "int(event.a) == uint(async.b)",
        "double(event.a) >= 1.0 ? async.b == 1 : async.c == {'a': 1}",
    ])
    func `the restrictive policy allows logic, members and number conversions`(source: String) throws {
        #expect(try Expression(parsing: source).restrictivePolicyViolation() == nil)
    }

    @Test(arguments: [
        ("event.data.a + 1 == async.data.a", 1, 1, "arithmetic ('+') is not allowed here"),
        ("async.a == event.a * 2", 1, 12, "arithmetic ('*') is not allowed here"),
        ("-async.a == 1", 1, 2, "arithmetic ('-') is not allowed here"),
        ("async.l.exists(x, x == 1)", 1, 9, "the macro exists() is not allowed here"),
        ("async.a == 1 && has(event.b)", 1, 21, "the macro has() is not allowed here"),
        ("lowercase(async.a) == 'x'", 1, 1, "the function lowercase() is not allowed here"),
        ("async.a.contains('x')", 1, 9, "the function contains() is not allowed here"),
        ("async.a.matches('x')", 1, 9, "the function matches() is not allowed here"),
        ("async.ts > int(now())", 1, 16, "the function now() is not allowed here"),
    ])
    func `the restrictive policy names what it does not allow`(
        source: String, line: Int, column: Int, message: String
    ) throws {
        let violation = try Expression(parsing: source).restrictivePolicyViolation()
        #expect(violation == ExpressionError(message: message, line: line, column: column))
    }
}
