import Testing

@testable import StepwellExpressions

@Suite struct TimeTests {
    private static let time = "timestamp('2026-01-31T23:30:05.250Z')"

    @Test(arguments: [
        ("getFullYear()", "2026"), ("getMonth()", "0"), ("getDate()", "31"), ("getDayOfMonth()", "30"),
        ("getDayOfWeek()", "6"), ("getDayOfYear()", "30"), ("getHours()", "23"), ("getMinutes()", "30"),
        ("getSeconds()", "5"), ("getMilliseconds()", "250"), ("getHours('UTC')", "23"), ("getHours('+01:00')", "0"),
        ("getDate('+01:00')", "1"), ("getMonth('+01:00')", "1"), ("getHours('-08:00')", "15"),
        ("getMinutes('05:45')", "15"),
        (
            "getHours('Europe/Paris')",
            "error: the time zone 'Europe/Paris' is not known here; use UTC or an offset such as +01:00"
        ),
    ])
    func `a timestamp has parts, in UTC or at an offset`(call: String, expected: String) throws {
        #expect(try outcome("\(Self.time).\(call)") == expected)
    }

    @Test(arguments: [
        ("getHours()", "25"), ("getMinutes()", "1530"), ("getSeconds()", "91805"), ("getMilliseconds()", "91805500"),
        ("getDate()", "error: getDate() has no meaning for google.protobuf.Duration"),
    ])
    func `a duration counts whole units`(call: String, expected: String) throws {
        #expect(try outcome("duration('25h30m5.5s').\(call)") == expected)
    }

    @Test(arguments: [
        ("timestamp('2026-01-31T00:00:00Z') + duration('24h')", "2026-02-01 00:00:00 +0000 UTC"),
        ("duration('24h') + timestamp('2024-02-28T00:00:00Z')", "2024-02-29 00:00:00 +0000 UTC"),
        ("timestamp('1970-01-01T00:00:00Z') - duration('0.5s')", "1969-12-31 23:59:59.5 +0000 UTC"),
        ("timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T12:00:00Z')", "12h0m0s"),
        ("duration('1h') - duration('90m')", "-30m0s"), ("duration('1.5s') + duration('-500ms')", "1s"),
        ("-duration('1s')", "-1s"), ("duration('90m') == duration('1h30m')", "true"),
        ("duration('1s') < duration('2s')", "true"),
        ("timestamp('2026-01-01T00:00:00+01:00') == timestamp('2025-12-31T23:00:00Z')", "true"),
        ("timestamp(0)", "1970-01-01 00:00:00 +0000 UTC"), ("duration('0')", "0s"), ("duration('1us')", "1µs"),
        ("duration('1.5ms')", "1.5ms"), ("duration('12ns')", "12ns"), ("duration('100h1s')", "100h0m1s"),
        ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: the result of '+' does not fit its type"),
        ("timestamp('0001-01-01T00:00:00Z') - duration('1ns')", "error: the result of '-' does not fit its type"),
        (
            "timestamp('9999-01-01T00:00:00Z') - timestamp('0001-01-01T00:00:00Z')",
            "error: the result of '-' does not fit its type"
        ),
        ("duration('2562047h') + duration('2562047h')", "error: the result of '+' does not fit its type"),
        ("now() + now()", "error: '+' has no meaning between google.protobuf.Timestamp and google.protobuf.Timestamp"),
        ("duration('1d')", "error: '1d' is no duration such as 1h30m or 2.5s"),
        ("duration('99999999h')", "error: '99999999h' is no duration such as 1h30m or 2.5s"),
        ("duration('')", "error: '' is no duration such as 1h30m or 2.5s"),
        ("timestamp('2026-01-31')", "error: '2026-01-31' is no time such as 2026-01-31T08:00:00Z"),
        ("timestamp(999999999999)", "error: the value does not fit timestamp"),
    ])
    func `times and durations add and compare`(source: String, expected: String) throws {
        #expect(try outcome(source) == expected)
    }

    @Test func `the calendar and its inverse agree over the whole range`() {
        for day in stride(from: Instant.secondsMin / 86_400, through: Instant.secondsMax / 86_400, by: 1_009) {
            guard let instant = Instant(seconds: day * 86_400 + 43_201) else {
                Issue.record("day \(day) is in range")
                continue
            }
            let time = CivilTime(instant)
            #expect(CivilTime.epochDay(year: time.year, month: time.month, day: time.day) == day)
            #expect(time.day >= 1 && time.day <= CivilTime.daysIn(month: time.month, of: time.year))
        }
    }
}
