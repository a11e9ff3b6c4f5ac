import Testing

@testable import StepwellModel

struct JSONTreeTests {
    @Test(
        arguments: [
            ("null", .null), ("true", .bool(true)), ("12", .integer(12)), ("1.0", .double(1)), ("1e2", .double(100)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("\"x\\ny\"", .string("x\ny")), ("[]", .array([])), ("[1,\"a\"]", .array([.integer(1), .string("a")])),
            ("{}", .object(JSONObject())),
            ("{\"a\":{\"b\":null}}", .object(JSONObject([("a", .object(JSONObject([("b", .null)])))]))),
        ] as [(String, JSONValue)])
    func `a text becomes a tree`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test func `a tree becomes a text with its members in order`() throws {
        let text = #"{"b":[1,-2.5,true,null,"é\n\"\u0001"],"a":{}}"#
        #expect(try JSONValue(parsing: text).raw.text == text)
    }

    @Test func `a writer sets the commas itself`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", 1)
        writer.key("b")
        writer.beginArray()
        writer.string("x")
        writer.double(0.5)
        writer.beginObject()
        writer.endObject()
        writer.null()
        writer.endArray()
        writer.member(optional: "c", nil as String?)
        writer.member("d", RawJSON("[1, 2]"))
        writer.endObject()
        #expect(writer.json.text == #"{"a":1,"b":["x",0.5,{},null],"d":[1, 2]}"#)
    }

    @Test(
        arguments: [
            0, 9, 10, 99, 100, -1, .max, .min, 1_000_000_000_000_000_000, 999_999_999_999_999_999, 9_999_999_999,
        ] as [Int64])
    func `an integer is written as its digits`(value: Int64) {
        var bytes: [UInt8] = []
        JSONNumber.append(integer: value, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == value.description)
    }
}

struct JSONObjectTests {
    @Test(arguments: [3, 200]) func `of repeated names the last value counts, at the first place`(count: Int) {
        let members = (0..<count).map { (name: "n\($0)", value: JSONValue.integer(Int64($0))) }
        let object = JSONObject(members + [("n1", .null), ("x", .bool(true))])
        #expect(object.count == count + 1)
        #expect(object.members.map(\.name) == members.map(\.name) + ["x"])
        #expect(object["n1"] == .null)
        #expect(object["n2"] == .integer(2))
    }

    @Test(arguments: [3, 200]) func `objects are equal in whatever order`(count: Int) {
        let members = (0..<count).map { (name: "n\($0)", value: JSONValue.integer(Int64($0))) }
        let (object, reversed) = (JSONObject(members), JSONObject(members.reversed()))
        #expect(object == reversed)
        #expect(object.hashValue == reversed.hashValue)
        var other = reversed
        other["n0"] = .null
        #expect(object != other)
        other["n0"] = nil
        #expect(object != other)
    }

    @Test func `characters count, not what Unicode holds equivalent`() {
        let (composed, decomposed) = ("\u{e9}", "e\u{301}")
        #expect(JSONObject([(composed, .null), (decomposed, .null)]).count == 2)
        #expect(JSONValue.string(composed) != .string(decomposed))
    }

    @Test func `an object of 100,000 members takes no quadratic time`() {
        let members = (0..<100_000).map { (name: "name \($0)", value: JSONValue.null) }
        #expect(JSONObject(members) == JSONObject(members.reversed()))
    }
}
