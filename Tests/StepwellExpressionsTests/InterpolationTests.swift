import StepwellModel
import Testing

@testable import StepwellExpressions

@Suite struct InterpolationTests {
    private func interpolated(_ source: String, event: String = testEvent) throws -> Expression {
        try Expression(parsing: source).interpolated(event: json(event), now: testNow)
    }

    @Test(arguments: [
        ("event.data.id == async.data.id", "\"x\" == async.data.id"),
        ("async.data.id == event.data.id", "async.data.id == \"x\""),
        ("event.data.count == async.data.count", "9.0 == async.data.count"),
        ("event.data.big == async.data.big", "9007199254740993 == async.data.big"),
        ("event.data.missing == async.data.id", "null == async.data.id"),
        ("event.data.missing.deeper == async.data.id", "null == async.data.id"),
        ("event.data.list == async.data.list", "[1.0, 2.0, 3.0] == async.data.list"),
        ("event.data.map == async.data", "{\"b\": 2.0, \"a\": \"one\"} == async.data"),
        ("event.data['odd name'] < async.n", "1.0 < async.n"), ("event.data.count + 1 > async.n", "10.0 > async.n"),
        ("async.data.id in event.data.names", "async.data.id in [\"ann\", \"bob\"]"),
        ("event.data.items.map(i, i.id).exists(x, x == async.id)", "[\"a\", \"b\"].exists(x, x == async.id)"),
        ("event.data.items.exists(i, i.id == 'b' && event.data.ok) && async.a", "async.a"),
        ("async.l.all(x, [x].exists(y, y == event.data.id))", "async.l.all(x, [x].exists(y, y == \"x\"))"),
        ("async.l.all(x, event.data.list.exists(y, y == 3))", "async.l.all(x, true)"),
        ("lowercase('ABC') == async.id", "\"abc\" == async.id"), ("event.data.ok && async.a", "async.a"),
        ("async.a && event.data.ok", "async.a && true"), ("event.data.no || async.a", "async.a"),
        ("event.data.ok || async.a", "true"), ("async.a && event.data.no && async.b", "async.a && false"),
        ("event.data.ok ? async.a : async.b", "async.a"), ("event.data.zero ? async.a : async.b", "async.b"),
        ("event.data.a / 0 == async.a", "null / 0 == async.a"), ("1 / 0 == async.a", "1 / 0 == async.a"),
        ("now() > date(async.t)", "now() > date(async.t)"),
        ("now_plus('1h') > date(async.t)", "now_plus(\"1h\") > date(async.t)"),
        ("date(event.data.date) < date(async.t)", "date(\"2026-01-31T08:30:05.25Z\") < date(async.t)"),
        ("has(event.data.nothing) && async.a", "async.a"), ("has(event.data.missing) || async.a", "async.a"),
        ("async.l[event.data.count]", "async.l[9.0]"), ("async[event.data.id].id", "async.x.id"),
        ("vars.a == event.data.id", "vars.a == \"x\""),
        ("async.a.matches('^' + event.data.id)", "async.a.matches(\"^x\")"),
        ("event.data.half / 0.0 < async.n", "0.5 / 0.0 < async.n"),
    ])
    func `an event's paths become its values`(source: String, expected: String) throws {
        #expect(try interpolated(source).source == expected)
    }

    @Test func `what does not match whatever comes is literally false`() throws {
        #expect(try interpolated("event.data.ok == false && async.data.id == 'x'").isLiterallyFalse)
        #expect(try interpolated("event.data.id == 'y'").isLiterallyFalse)
        #expect(try !interpolated("event.data.id == async.data.id").isLiterallyFalse)
        #expect(try !interpolated("event.data.nothing && async.data.id == 'x'").isLiterallyFalse)
        #expect(try Expression(parsing: "false").isLiterallyFalse)
    }

    @Test func `the text is read back as the same expression`() throws {
        let event = #"{"a": "q\"\\\n\u0001é😀", "b": {"in": [null, -1.5, {"x y": true}], "e\u0301": 1, "é": 2}}"#
        let expression = try interpolated("event.a == async.a && event.b == async.b && event == async.c", event: event)
        #expect(try Expression(parsingStored: expression.source).root == expression.root)
        let matching = try Scope(
            async: .object(
                JSONObject([("a", json(event)["a"] ?? .null), ("b", json(event)["b"] ?? .null), ("c", json(event))])),
            now: testNow)
        #expect(try Expression(parsingStored: expression.source).evaluateCondition(matching))
    }

    @Test func `an event of the greatest size and depth can be stored`() throws {
        let deep = String(repeating: "[", count: 126) + String(repeating: "]", count: 126)
        let long = String(repeating: "x", count: 3_000_000)
        let event = #"{"deep": \#(deep), "long": "\#(long)"}"#
        let nested = String(repeating: "[", count: 58) + "event.deep" + String(repeating: "]", count: 58)
        let expression = try interpolated("\(nested) == async.deep || event.long == async.long", event: event)
        let stored = try Expression(parsingStored: expression.source)
        #expect(stored.root == expression.root)
        #expect(try stored.evaluateCondition(scope(async: #"{"long": "\#(long)"}"#)))
    }

    @Test func `values that are too large together make an expression that never matches and says why`() throws {
        let event = #"{"long": "\#(String(repeating: "x", count: 3_000_000))"}"#
        let expression = try interpolated("event.long == async.a || event.long == async.b", event: event)
        #expect(expression.source.utf8.count < 200)
        let stored = try Expression(parsingStored: expression.source)
        let reason = "the values of the event in this expression are too large to store"
        #expect(throws: EvaluationError(.failed, reason)) { try stored.evaluateCondition(scope(async: "{}")) }
    }

    @Test func `old cancel expressions work as they are`() throws {
        let source = "event.data.id == async.data.id && (async.ts == null || async.ts > 1769848205250)"
        let expression = try interpolated(source)
        #expect(try expression.evaluateCondition(scope(async: #"{"data": {"id": "x"}}"#)))
        #expect(try expression.evaluateCondition(scope(async: #"{"data": {"id": "x"}, "ts": 1769848205251}"#)))
        #expect(try !expression.evaluateCondition(scope(async: #"{"data": {"id": "x"}, "ts": 1769848205250}"#)))
        #expect(try !expression.evaluateCondition(scope(async: #"{"data": {"id": "y"}}"#)))
    }
}
