import StepwellModel
import Testing

@testable import StepwellExpressions

/// Whatever a user or an event says, parsing and evaluation end soon and in bounded stack and memory.
@Suite struct HostileTests {
    /// A long list `l`, a long text `s`, an object `wide` with many members.
    private static let largeEvent = JSONValue.object(
        JSONObject([
            ("l", .array((0..<2_000).map { .integer($0) })), ("s", .string(String(repeating: "x", count: 20_000))),
            ("wide", .object(JSONObject((0..<1_000).map { ("k\($0)", .integer($0)) }))),
        ]))

    /// A text, many times over, and what follows it.
    struct Repeated: Sendable, CustomTestStringConvertible {
        var first = ""
        var text: String
        var count: Int
        var last = ""

        var source: String { first + String(repeating: text, count: count) + last }
        var testDescription: String { "\(first)\(text)… × \(count)" }
    }

    @Test(arguments: [
        Repeated(text: "(", count: 8_000), Repeated(text: "[", count: 8_000), Repeated(text: "{1:", count: 2_600),
        Repeated(text: "!-", count: 4_000, last: "1"), Repeated(text: "a?b:", count: 2_000, last: "c"),
        Repeated(first: "1", text: "+1", count: 4_000), Repeated(first: "1", text: "-(1", count: 2_000),
        Repeated(first: "a", text: "[b", count: 4_000), Repeated(first: "x", text: ".f()", count: 2_000),
        Repeated(first: "l", text: ".map(x,x)", count: 900), Repeated(text: "f(", count: 4_000),
        Repeated(text: "(1+", count: 2_000, last: "1"),
    ])
    func `deep expressions are refused`(_ repeated: Repeated) {
        let error = #expect(throws: ExpressionError.self) { try Expression(parsing: repeated.source) }
        #expect(error?.message.contains("levels") == true)
    }

    @Test func `a long expression is refused`() {
        let message = "the expression has 8193 bytes; at most 8192 are allowed"
        #expect(throws: ExpressionError(message: message, line: 1, column: 1)) {
            try Expression(parsing: String(repeating: " ", count: 8_192) + "1")
        }
    }

    @Test(arguments: [
        Repeated(first: "a", text: " && a", count: 1_600), Repeated(first: "a", text: ".a", count: 4_000),
        Repeated(first: "true", text: " || true", count: 900), Repeated(text: "--", count: 4_000, last: "1"),
        Repeated(first: "[", text: "1,", count: 4_000, last: "]"),
    ])
    func `wide expressions are no deep ones`(_ repeated: Repeated) throws {
        let expression = try Expression(parsing: repeated.source)
        let printed = Expression(expression.root)
        #expect(try Expression(parsingStored: printed.source).root == expression.root)
        #expect(throws: Never.self) { try expression.evaluate(scope()) }
    }

    @Test(arguments: [
        "event.l.all(a, event.l.all(b, event.l.all(c, true)))",
        "event.l.map(a, event.l.map(b, event.l + event.l)).size() > 0",
        "event.l.exists(a, event.s.contains('ab'))", "event.l.map(a, event.s + event.s).size() > 0",
        "event.l.exists(a, event.s.matches('(x+x+)+y'))",
        "event.l.exists(a, event.s.matches('((x{9}){9}){9}$' + string(a)))",
        "event.l.exists(a, 'x'.matches('((x{99}){99}){9}' + string(a)))", "event.l.exists(a, event == event && false)",
        "event.l.map(a, '' + event.l).size() > 0", "event.l.exists(a, uppercase(event.s) == '')",
        "event.l.exists(a, json_parse('[' + event.s + ']') == 1)", "event.l.exists(a, a in event.l && a == -1)",
        "event.l.exists(a, event.wide['none'] == 1)", "event.l.exists(a, event.wide.none == 1)",
        "event.l.exists(a, {'w': event.wide}.w.none == 1)", "event.l.exists(a, has(event.wide.none))",
        "event.l.exists(a, event.s == event.s + 'y')", "event.l.exists(a, int(event.s + string(a)) == 1)",
        "event.l.map(a, event.l.map(b, bytes(event.s) + bytes(event.s))).size() > 0",
        "event.l.exists(a, date(event.s) == 1)",
        "false || event.l.all(a, event.l.all(b, event.l.all(c, true))) || true",
    ])
    func `an expensive evaluation is stopped`(source: String) throws {
        let expression = try Expression(parsing: source)
        let elapsed = ContinuousClock().measure {
            let error = #expect(throws: EvaluationError.self) {
                try expression.evaluateCondition(Scope(event: Self.largeEvent, now: testNow))
            }
            // `||` takes failures as false, but not this one.
            #expect(error?.kind == .tooExpensive)
        }
        #expect(elapsed < .seconds(10))
    }

    @Test func `running out of budget is no failure that an operator could take as false`() throws {
        let expression = try Expression(parsing: "[1, 2, 3].all(x, x > 0) || true")
        let error = #expect(throws: EvaluationError.self) { try expression.evaluate(scope(costMax: 5)) }
        #expect(error?.kind == .tooExpensive)
        #expect(try expression.evaluateCondition(scope(costMax: 50)))
    }

    @Test func `values nest no deeper than a bound`() throws {
        // Each level of the text wraps twice, and the text's own limit is what ends it.
        var source = "[1]"
        for _ in 0..<60 { source = "[\(source)]" }
        #expect(try outcome("\(source) == \(source)") == "true")
        #expect(try outcome("'' + \(source)").count == 125)
    }

    @Test func `random bytes never stop the parser`() {
        var random = SeededGenerator(seed: 11)
        let alphabet = "ab.()[]{}\"'\\!=<>&|?:,+-*/% 019xurein\n\u{E9}".unicodeScalars
        for _ in 0..<20_000 {
            var source = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                source.append(alphabet.randomElement(using: &random) ?? "a")
            }
            let text = String(source)
            guard let expression = try? Expression(parsing: text) else { continue }
            let printed = Expression(expression.root).source
            #expect((try? Expression(parsingStored: printed))?.root == expression.root, "\(text) prints as \(printed)")
        }
    }
}
