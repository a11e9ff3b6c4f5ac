import Testing

@testable import StepwellModel

struct JSONSliceTests {
    let event = RawJSON(
        #"{"name":"a/b","data":{"id":"x","n":[1, 2.5 ,-3],"e\u0061":true,"id":"last"},"ts":1700000000000,"v":null}"#)

    @Test func `a path leads to a value without a tree`() {
        #expect(event.value(at: ["name"])?.string == "a/b")
        #expect(event.value(at: ["ts"])?.integer == 1_700_000_000_000)
        #expect(event.value(at: ["data", "n"])?.text == "[1, 2.5 ,-3]")
        #expect(event.value(at: ["v"])?.isNull == true)
        #expect(event.value(at: ["data", "missing"]) == nil)
        #expect(event.value(at: ["name", "x"]) == nil)
        #expect(event.value(at: [])?.text == event.text)
    }

    @Test func `of a repeated member the last one counts`() {
        #expect(event.value(at: ["data", "id"])?.string == "last")
        #expect(event.value["data"]?["id"] == .string("last"))
    }

    @Test func `an escaped name is found by what it stands for`() {
        #expect(event.value(at: ["data", "ea"])?.bool == true)
    }

    @Test func `elements and members are slices in order`() {
        #expect(event.value(at: ["data", "n"])?.elements?.map(\.double) == [1, 2.5, -3])
        #expect(event.slice.members?.map(\.name) == ["name", "data", "ts", "v"])
        #expect(RawJSON("[]").elements?.count == 0)
        #expect(RawJSON("{}").elements == nil)
        #expect(RawJSON("[{}, [ ] ,\"]\"]").elements?.map(\.text) == ["{}", "[ ]", "\"]\""])
    }

    @Test func `member names are matched in a switch`() {
        var seen: [Int] = []
        event.slice.forEachMember { name, _ in
            switch name {
            case "name": seen.append(1)
            case "data": seen.append(2)
            default: seen.append(0)
            }
        }
        #expect(seen == [1, 2, 0, 0])
    }

    @Test(
        arguments: [
            ("5", 5), ("-0", 0), ("1e3", 1000), ("5.0", 5), ("9223372036854775807", .max),
            ("-9223372036854775808", .min), ("1.5", nil),
            ("9223372036854775808", nil), ("1e400", nil), ("\"5\"", nil),
        ] as [(String, Int64?)])
    func `a number is an integer when it has no fraction and fits`(text: String, integer: Int64?) throws {
        #expect(try RawJSON(validating: Array(text.utf8)).slice.integer == integer)
    }

    @Test func `escapes and surrogate pairs become characters`() throws {
        let text = #""a\"\\\/\b\f\n\r\té\ud83d\ude00\ud800x€""#
        #expect(try RawJSON(validating: Array(text.utf8)).slice.string == "a\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}x€")
    }

    @Test func `space around a text is cut off`() throws {
        #expect(try RawJSON(validating: Array(" {\"a\": 1} \n".utf8)).text == "{\"a\": 1}")
    }

    @Test func `bytes that nobody checked give missing members and no trap`() {
        for text in ["{\"a\":", "{\"a\"", "{", "[1,", "", "\"", "{\"a\":1,\"b\"", "x", "{\"\\u12"] {
            let slice = RawJSON(validated: Array(text.utf8)).slice
            _ = slice["b"]
            _ = slice.elements
            _ = slice.string
            #expect(slice["b"] == nil)
        }
    }
}
