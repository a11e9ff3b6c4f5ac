import StepwellModel
import Testing

@testable import StepwellExpressions

@Suite struct KeyTests {
    @Test(arguments: [
        ("event.data.id", "x"), ("event.data.count", "9"), ("event.data.ratio", "9.1"), ("event.data.ok", "true"),
        ("event.data.million", "1.234567e+06"), ("event.ts", "1.76984820525e+12"), ("event.data.huge", "1e+21"),
        ("event.data.big", "9007199254740993"), ("int(event.data.million)", "1234567"), ("event.data.half", "0.5"),
        ("event.data.nothing", "<nil>"), ("event.data.missing", "<nil>"), ("event.data.list", "[1 2 3]"),
        ("event.data.map", "map[a:one b:2]"), ("event.data.items[0]", "map[id:a price:10]"), ("-0.0", "-0"),
        ("event.data.id + '-' + event.data.missing", "x-"), ("event.data.empty", ""), ("0.0001", "0.0001"),
        ("0.00001", "1e-05"), ("123456.0", "123456"), ("0.1 + 0.2", "0.30000000000000004"), ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"), ("100000.0", "100000"), ("1000000.0", "1e+06"),
        ("1.0 / 0.0", "+Inf"), ("-1.0 / 0.0", "-Inf"), ("0.0 / 0.0", "NaN"), ("12345.678", "12345.678"),
        ("{true: 1, false: 2, 'b': 3, 'a': 4}", "map[false:2 true:1 a:4 b:3]"), ("{10: 'a', 9: 'b'}", "map[9:b 10:a]"),
    ])
    func `a key's text is what Go prints`(source: String, expected: String) throws {
        let key = try Expression(parsing: source).evaluateKey(scope())
        #expect(key.text == expected)
        #expect(!key.isFalse)
    }

    @Test func `a key that is false says so, a text "false" does not`() throws {
        #expect(try Expression(parsing: "event.data.no").evaluateKey(scope()).isFalse)
        #expect(try !Expression(parsing: "'false'").evaluateKey(scope()).isFalse)
        #expect(try !Expression(parsing: "event.data.zero").evaluateKey(scope()).isFalse)
    }

    @Test func `a key that fails is an error`() throws {
        let expression = try Expression(parsing: "int(event.data.id)")
        #expect(throws: EvaluationError(.failed, "int() was given the text 'x', which is no integer")) {
            try expression.evaluateKey(scope())
        }
    }

    @Test func `a priority is an integer even if the event's number is a double`() throws {
        #expect(try Expression(parsing: "event.data.count * 10").evaluate(scope()).integer == 90)
        #expect(try Expression(parsing: "event.data.ratio").evaluate(scope()).integer == nil)
        #expect(try Expression(parsing: "event.data.ok ? 120 : 0").evaluate(scope()).integer == 120)
    }
}
