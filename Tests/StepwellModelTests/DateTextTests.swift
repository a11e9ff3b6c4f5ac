import Testing

@testable import StepwellModel

struct DateTextTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-31T09:30:00Z", 1_769_851_800_000),
            ("2026-01-31T09:30:00.5Z", 1_769_851_800_500),
            ("2026-01-31T09:30:00.123456Z", 1_769_851_800_123), ("2026-01-31T10:30:00+01:00", 1_769_851_800_000),
            ("2026-01-31T04:00:00-0530", 1_769_851_800_000), ("2026-01-31t09:30:00z", 1_769_851_800_000),
            ("2026-01-31T09:30:00", 1_769_851_800_000), ("2026-01-31 09:30:00", 1_769_851_800_000),
            ("2026-01-31", 1_769_817_600_000),
            ("1969-12-31T23:59:59.999Z", -1), ("2024-02-29", 1_709_164_800_000), ("2023-02-29", nil),
            ("2026-13-01", nil),
            ("2026-00-01", nil), ("2026-01-31T24:00:00Z", nil), ("2026-01-31T09:30", nil),
            ("2026-01-31T09:30:00.Z", nil),
            ("2026-01-31T09:30:00+1", nil), ("2026-01-31T09:30:00Zx", nil), ("2026-1-31", nil), ("26-01-31T0", nil),
            ("tomorrow!!", nil),
            ("", nil), ("1h", nil), ("0000-01-01", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64?)])
    func `an ISO date is read`(text: String, milliseconds: Int64?) {
        #expect(DateText.parse(text)?.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            ("Sat, 31 Jan 2026 09:30:00 GMT", 1_769_851_800_000),
            ("Sat, 31 Jan 2026 10:30:00 +0100", 1_769_851_800_000),
            ("Sat, 31 Jan 2026 08:30:00 -0100", 1_769_851_800_000),
            ("Saturday, 31-Jan-26 09:30:00 GMT", 1_769_851_800_000),
            ("Sat Jan 31 09:30:00 2026", 1_769_851_800_000), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777_000), ("Sun Nov  6 08:49:37 1994", 784_111_777_000),
            ("Sat, 32 Jan 2026 09:30:00 GMT", nil), ("Sat, 31 Foo 2026 09:30:00 GMT", nil),
            ("Sat, 31 Jan 2026 09:30:00 XYZ", nil),
            ("Sat, 31 Jan 2026 09:30 GMT", nil), ("Jan 31 2026 09:30:00 GMT", nil),
        ] as [(String, Int64?)])
    func `an HTTP date is read`(text: String, milliseconds: Int64?) {
        #expect(DateText.parse(text)?.milliseconds == milliseconds)
    }

    @Test func `a time is written in UTC`() {
        let time = Timestamp(milliseconds: 1_769_851_800_007)
        #expect(DateText.format(time) == "2026-01-31T09:30:00.007Z")
        #expect(DateText.formatSeconds(time) == "2026-01-31T09:30:00Z")
        #expect(DateText.formatHTTP(time) == "Sat, 31 Jan 2026 09:30:00 GMT")
    }

    @Test func `every day of 800 years comes back from its date`() {
        for day in stride(from: Int64(-146_097), through: 146_097, by: 1) {
            let time = Timestamp(milliseconds: day * 86_400_000 + 3_661_001)
            let civil = CivilTime(time)
            #expect(civil.timestamp == time)
            #expect(civil.weekday == Int((day + 4) % 7 + 7) % 7)
        }
    }
}
