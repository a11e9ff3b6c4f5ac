import Testing

@testable import StepwellModel

struct CanonicalJSONTests {
    /// RFC 8785, appendix B.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
            (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
            (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"), (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
            (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
            (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
            (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
            (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
            (0x41B3_DE43_5555_5557, "333333333.33333343"), (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
            (0x4314_3FF3_C1CB_0959, "1424953923781206.2"), (0x7FFF_FFFF_FFFF_FFFF, "null"),
            (0x7FF0_0000_0000_0000, "null"),
        ] as [(UInt64, String)])
    func `doubles are written as in RFC 8785, appendix B`(bits: UInt64, text: String) {
        var writer = JSONWriter()
        writer.double(Double(bitPattern: bits))
        #expect(writer.json.text == text)
    }

    @Test(arguments: [
        // RFC 8785, sections 3.2.2 and 3.2.4.
        (
            #"{ "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],"#
                + #" "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }"#,
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
                + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        ),
        // RFC 8785, section 3.2.3.
        (
            #"{ "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One","#
                + #" "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis" }"#,
            #"{"\r":"Carriage Return","1":"One","# + "\"\u{80}\":\"Control\","
                + #""ö":"Latin Small Letter O With Diaeresis","#
                + #""€":"Euro Sign","😀":"Emoji: Grinning Face","# + "\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        ),
        (#"[56, {"d": true, "10": null, "1": [ ]}]"#, #"[56,{"1":[],"10":null,"d":true}]"#),
        (
            #"{"peach":"This sorting order","péché":"is wrong","pêche":"a","sin":"b"}"#,
            #"{"peach":"This sorting order","péché":"is wrong","pêche":"a","sin":"b"}"#
        ),
        (#"{"b":{"y":[{"q":1,"p":2}],"x":0},"a":{}}"#, #"{"a":{},"b":{"x":0,"y":[{"p":2,"q":1}]}}"#),
        ("\"\\u007f\\u2028\\ud83d\\ude00\\/\"", "\"\u{7f}\u{2028}😀/\""),
        (" -0 ", "0"), ("[-0.0,0.0,1.0,100e-2]", "[0,0,1,1]"),
        (#"{"\n":1,"\"":2,"!":3,"A":4,"\\":5,"a":6}"#, #"{"\n":1,"!":3,"\"":2,"A":4,"\\":5,"a":6}"#),
        (#"{"aa":1,"a":2,"":3}"#, #"{"":3,"a":2,"aa":1}"#),
    ])
    func `a text is put into canonical form`(text: String, canonical: String) throws {
        let form = try CanonicalJSON(validating: Array(text.utf8))
        // Bytes are compared, since strings are equal under normalisation too.
        #expect(form.json.bytes == Array(canonical.utf8))
        #expect(form.losses == [])
        #expect(form.json.isCanonical)
    }

    @Test(
        arguments: [
            ("9007199254740993", "9007199254740992", CanonicalJSON.Losses.precision),
            ("[12345678901234567890]", "[12345678901234567000]", .precision),
            ("0.1000000000000000055511151231257827", "0.1", .precision), ("1e-400", "0", .precision),
            ("0.10000000000000001", "0.1", []),
            ("1e400", "1e400", .overflow),
            ("-1e400", "-1e400", .overflow), (#"{"a":1,"a":2}"#, #"{"a":2}"#, .repeatedName),
            (#"{"b":0,"a":1,"\u0061":2}"#, #"{"a":2,"b":0}"#, .repeatedName),
            (#"{"a":1e999,"a":9007199254740993}"#, #"{"a":9007199254740992}"#, [.precision, .overflow, .repeatedName]),
            ("9007199254740992", "9007199254740992", []), ("1e21", "1e+21", []),
            ("100000000000000000000000", "1e+23", []),
            ("-0e5", "0", []), ("1.50e2", "150", []), ("0.30000000000000004", "0.30000000000000004", []),
        ] as [(String, String, CanonicalJSON.Losses)])
    func `what the form cannot keep is reported`(text: String, canonical: String, losses: CanonicalJSON.Losses) throws {
        let form = try CanonicalJSON(validating: Array(text.utf8))
        #expect(form.json.text == canonical)
        #expect(form.losses == losses)
    }

    @Test(arguments: [
        "{}", "[]", "null", "true", "\"\"", "0", "-1", "1.5", "0.000001", "1e-7", "123456789012345", "1234567890123456",
        "1e+21", "5e-324",
        #"{"a":1,"b":[1,2,{"c":"é\n\u0001"}]}"#, #"{"":0,"A":1,"a":2,"é":3,"😀":4,"# + "\"\u{fb33}\":5}",
        "0.1234567890123457",
    ])
    func `canonical text is recognised`(text: String) {
        #expect(RawJSON(validated: Array(text.utf8)).isCanonical)
    }

    @Test(arguments: [
        " {}", "{} ", "[1, 2]", #"{"b":1,"a":2}"#, #"{"a":1,"a":1}"#, "-0", "1.0", "1.50", "1E2", "1e2", "1e21",
        "0.0000001", "9007199254740993",
        #""\/""#, #""\u0041""#, #""\u000A""#, #""\u000F""#, "\"\\u00e9\"", "0.0", "-0.0", "00", "", "{", "nul", "1e400",
        #"{"a":1,}"#,
        "\"\n\"", "[1,]", "-", "\"\\u00\"", "\"\\u000x\"",
    ])
    func `everything else is not taken for canonical`(text: String) {
        #expect(!RawJSON(validated: Array(text.utf8)).isCanonical)
    }

    /// Every pair of these has its order from comparing arrays of code units, another way than ours.
    @Test func `names sort by code units whatever they contain`() {
        let parts: [[UInt16]] = [
            [], [0x61], [0x62], [0x22], [0x5C], [0x0A], [0x09], [0x01], [0x1F], [0x21], [0x7F], [0xE9], [0x20AC],
            [0xE000], [0xFFFD],
            [0xD7FF], [0xD83D, 0xDE00], [0xDBFF, 0xDFFF], [0xD83D], [0xDE00], [0xD800],
        ]
        let names = parts.flatMap { first in parts.map { first + $0 } }
        let sources = names.map { name in
            Array(CanonicalJSON(RawJSON(validated: Self.escaped(name))).json.bytes.dropFirst().dropLast())
        }
        var wrong = 0
        for (name, source) in zip(names, sources) {
            for (other, otherSource) in zip(names, sources) {
                let order = source.withUnsafeBufferPointer { left in
                    otherSource.withUnsafeBufferPointer { right in JSONText.order(left, right).signum() }
                }
                let expected = name.lexicographicallyPrecedes(other) ? -1 : name == other ? 0 : 1
                if order != expected { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }

    /// A string of which every code unit is escaped.
    private static func escaped(_ units: [UInt16]) -> [UInt8] {
        let digits = units.map { unit in
            let text = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - text.count) + text
        }
        return Array("\"\(digits.joined())\"".utf8)
    }
}
