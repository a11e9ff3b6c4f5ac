import StepwellModel
import Testing

@testable import StepwellExpressions

@Suite struct IndexKeyTests {
    private func key(_ source: String) throws -> String {
        guard let key = try Expression(parsing: source).indexKey() else { return "none" }
        let value = String(decoding: key.value.raw.bytes, as: UTF8.self)
        return "\(key.path.joined(separator: "/")) = \(value), then \(key.residual?.source ?? "nothing")"
    }

    @Test(arguments: [
        ("'x' == async.data.id", "data/id = \"x\", then nothing"),
        ("async.data.id == 'x'", "data/id = \"x\", then nothing"),
        ("async['data'].id == 'x'", "data/id = \"x\", then nothing"), ("async.n == 9.0", "n = 9, then nothing"),
        ("async.n == 9u", "n = 9, then nothing"), ("async.n == 9.5", "n = 9.5, then nothing"),
        ("async.n == -0.0", "n = 0, then nothing"), ("async.ok == true", "ok = true, then nothing"),
        ("async.a == 'x' && async.b > 1", "a = \"x\", then async.b > 1"),
        ("async.b > 1 && async.a == 'x'", "a = \"x\", then async.b > 1"),
        ("async.b && async.a == 'x'", "a = \"x\", then async.b && true"),
        ("async.a == 'x' && async.b", "a = \"x\", then async.b"),
        ("async.b && async.a == 'x' && async.c", "a = \"x\", then async.b && async.c"),
        ("async.a == 'x' && (async.b || async.c)", "a = \"x\", then async.b || async.c"),
        ("async.ok == true && async.a == 'x'", "a = \"x\", then async.ok == true"),
        ("async.a == 'x' && async.b == 'y'", "a = \"x\", then async.b == \"y\""),
        ("async.a == 'x' && (async.ts == null || async.ts > 5)", "a = \"x\", then async.ts == null || async.ts > 5"),
        ("async.a == null", "none"), ("async.a == [1]", "none"), ("async.a == {}", "none"), ("async == 'x'", "none"),
        ("async.a != 'x'", "none"), ("async.a == 'x' || async.b == 1", "none"), ("!(async.a == 'x')", "none"),
        ("async.a == async.b", "none"), ("async.l[0] == 'x'", "none"), ("event.a == 'x'", "none"),
        ("async.a == b'x'", "none"),
        ("async.a == 18446744073709551615u", "none"), ("async.a[async.b] == 'x'", "none"), ("true", "none"),
    ])
    func `one equality becomes a key, the rest stays`(source: String, expected: String) throws {
        #expect(try key(source) == expected)
    }

    @Test func `a match over two events is a key once the first event is known`() throws {
        let expression = try Expression(parsing: "event.data.id == async.data.id")
        let interpolated = try expression.interpolated(event: json(testEvent), now: testNow)
        let key = try #require(interpolated.indexKey())
        #expect(key.path == ["data", "id"] && key.value == .string("x") && key.residual == nil)
    }

    @Test func `index values are equal as the language's values are`() throws {
        #expect(IndexValue(.integer(9)) == IndexValue(.double(9)))
        #expect(IndexValue(.double(0.0)) == IndexValue(.double(-0.0)))
        #expect(IndexValue(.double(1e300)) == IndexValue(.double(1e300)))
        #expect(IndexValue(.integer(1)) != IndexValue(.bool(true)))
        #expect(IndexValue(.integer(1)) != IndexValue(.string("1")))
        #expect(IndexValue(.string("\u{E9}")) != IndexValue(.string("e\u{301}")))
        #expect(IndexValue(.string("\u{212A}")) != IndexValue(.string("K")))
        #expect(IndexValue(.integer(9_007_199_254_740_993)) != IndexValue(.integer(9_007_199_254_740_992)))
        #expect(IndexValue(.null) == nil && IndexValue(.array([])) == nil && IndexValue(.object(JSONObject())) == nil)
        let event = try json(#"{"data": {"id": "x", "list": [{"id": "y"}], "none": null}}"#)
        #expect(IndexValue(at: ["data", "id"], of: event) == IndexValue(.string("x")))
        #expect(IndexValue(at: ["data", "list", "id"], of: event) == nil)
        #expect(IndexValue(at: ["data", "none"], of: event) == nil)
        #expect(IndexValue(at: ["data", "id", "more"], of: event) == nil)
    }
}
