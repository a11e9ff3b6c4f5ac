import Testing

@testable import StepwellModel

struct DurationTextTests {
    @Test(
        arguments: [
            ("10s", 10_000), ("1m", 60_000), ("1h30m", 5_400_000), ("1d", 86_400_000), ("1w", 604_800_000), ("0", 0),
            ("0s", 0),
            ("1w2d3h4m5s6ms", 788_645_006), ("1.5h", 5_400_000), (".5s", 500), ("2.d", 172_800_000), ("1us", 1),
            ("1ns", 1),
            ("999999ns", 1), ("1000001ns", 2), ("1\u{B5}s", 1), ("1\u{3BC}s", 1), ("-5s", -5_000), ("+5s", 5_000),
            ("-1ns", 0),
            ("5m1h", 3_900_000), ("1h1h", 7_200_000), ("0.1234567890123456789s", 124), ("292y", nil),
            ("1w2d3h4m5s6ms7us8ns", 788_645_007),
            ("", nil), ("5", nil), ("s", nil), ("1h5", nil), ("1 h", nil), ("1x", nil), ("--1s", nil), ("1H", nil),
            (".s", nil),
            ("106752d", nil), ("9223372036854775808ns", nil), ("99999999999999999999s", nil), ("٣s", nil),
            ("1e3s", nil),
        ] as [(String, Int64?)])
    func `a duration text is read, parts of a millisecond rounded up`(text: String, milliseconds: Int64?) {
        #expect((try? DurationText.parse(text))?.count == milliseconds)
    }

    @Test(arguments: [("168h", 604_800_000), ("1.5s", 1_500), ("1d", nil), ("1w", nil)] as [(String, Int64?)])
    func `Go's dialect has no days and weeks`(text: String, milliseconds: Int64?) {
        #expect((try? DurationText.parse(text, dialect: .go))?.count == milliseconds)
    }

    @Test func `an error says what to write`() {
        let error = #expect(throws: DurationError.self) { try DurationText.parse("5 minutes") }
        #expect(
            error?.description
                == "invalid duration \"5 minutes\": unknown unit \" minutes\"; the units are w, d, h, m, s, ms, us and ns"
        )
    }

    @Test(
        arguments: [
            (0, "0s"), (1, "1ms"), (1_000, "1s"), (90_000, "1m30s"), (604_800_000, "1w"),
            (788_645_006, "1w2d3h4m5s6ms"), (-90_000, "-1m30s"),
        ] as [(Int64, String)])
    func `the shortest text is written`(milliseconds: Int64, text: String) throws {
        #expect(DurationText.format(Milliseconds(milliseconds)) == text)
        #expect(try DurationText.parse(text) == Milliseconds(milliseconds))
    }
}
