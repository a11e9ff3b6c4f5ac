import StepwellModel
import Testing

@testable import StepwellCore

struct CronScheduleTests {
    /// The next `count` times after a date, in UTC.
    private func times(
        _ text: String, after date: String, _ count: Int, in zone: TimeZoneRules = .utc
    ) throws -> [String] {
        let schedule = try CronSchedule(text)
        var time = try #require(DateText.parse(date))
        var times: [String] = []
        while times.count < count, let next = schedule.next(after: time, in: zone) {
            times.append(DateText.format(next).replacing(":00.000Z", with: "Z"))
            time = next
        }
        return times
    }

    @Test(
        arguments: [
            ("* * * * *", "2026-01-31T09:30:00", ["2026-01-31T09:31Z", "2026-01-31T09:32Z"]),
            ("* * * * *", "2026-01-31T09:29:59.999", ["2026-01-31T09:30Z"]),
            ("* * * * *", "2026-01-31T09:30:00.001", ["2026-01-31T09:31Z"]),
            ("30 9 * * *", "2026-01-31T09:30:00", ["2026-02-01T09:30Z"]),
            (
                "*/20 8-9 * * *", "2026-12-31T08:30:00",
                [
                    "2026-12-31T08:40Z", "2026-12-31T09:00Z", "2026-12-31T09:20Z", "2026-12-31T09:40Z",
                    "2027-01-01T08:00Z",
                ]
            ),
            ("5/25 0 * * *", "2026-01-01", ["2026-01-01T00:05Z", "2026-01-01T00:30Z", "2026-01-01T00:55Z"]),
            ("0 0 31 * *", "2026-01-31", ["2026-03-31T00:00Z", "2026-05-31T00:00Z", "2026-07-31T00:00Z"]),
            ("0 0 1 JAN,jul ?", "2026-01-01", ["2026-07-01T00:00Z", "2027-01-01T00:00Z"]),
            ("0 12 ? * mon-WED", "2026-11-24T12:00:00", ["2026-11-25T12:00Z", "2026-11-30T12:00Z"]),
            ("0 0 * * 0", "2026-11-24", ["2026-11-29T00:00Z", "2026-12-06T00:00Z"]),
            ("59 23 31 12 *", "1969-01-01", ["1969-12-31T23:59Z", "1970-12-31T23:59Z"]),
        ])
    func `the next time is the first that every field names`(text: String, date: String, expected: [String]) throws {
        #expect(try times(text, after: date, expected.count) == expected)
    }

    @Test(
        arguments: [
            // November 2026 begins on a Sunday; the 13th is a Friday.
            ("0 0 13 * 5", ["2026-11-06T00:00Z", "2026-11-13T00:00Z", "2026-11-20T00:00Z"]),
            ("0 0 10,11 * 1", ["2026-11-02T00:00Z", "2026-11-09T00:00Z", "2026-11-10T00:00Z", "2026-11-11T00:00Z"]),
            ("0 0 13 * *", ["2026-11-13T00:00Z", "2026-12-13T00:00Z"]),
            ("0 0 * * 5", ["2026-11-06T00:00Z", "2026-11-13T00:00Z"]),
            ("0 0 */10 * 5", ["2026-11-06T00:00Z", "2026-11-11T00:00Z", "2026-11-13T00:00Z"]),
            ("0 0 */1 * 5", ["2026-11-06T00:00Z", "2026-11-13T00:00Z"]),
            ("0 0 13,* * 5", ["2026-11-06T00:00Z", "2026-11-13T00:00Z", "2026-11-20T00:00Z"]),
        ])
    func `of two restricted days either matches, a star leaves it to the other`(
        text: String, expected: [String]
    ) throws {
        #expect(try times(text, after: "2026-11-01", expected.count) == expected)
    }

    @Test func `a leap day is found across the eight years without one`() throws {
        #expect(
            try times("0 0 29 2 *", after: "2095-01-01", 3)
                == ["2096-02-29T00:00Z", "2104-02-29T00:00Z", "2108-02-29T00:00Z"])
    }

    @Test(arguments: ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 31 feb-FEB ?"])
    func `a date that no year has never fires`(text: String) throws {
        #expect(try CronSchedule(text).isNever)
        #expect(try times(text, after: "2026-01-01", 1) == [])
    }

    @Test(arguments: ["0 0 30 2 1", "0 0 29 2 *", "0 0 31 2,3 *", "* * * * *"])
    func `a date that some year has is not never`(text: String) throws {
        #expect(try !CronSchedule(text).isNever)
    }

    @Test func `times end with the year 9999`() throws {
        #expect(try times("0 0 31 12 *", after: "9998-01-01", 3) == ["9998-12-31T00:00Z", "9999-12-31T00:00Z"])
        let schedule = try CronSchedule("* * * * *")
        #expect(schedule.next(after: Timestamp(milliseconds: .max), in: .utc) == nil)
        let first = try #require(schedule.next(after: Timestamp(milliseconds: .min), in: .utc))
        #expect(DateText.format(first) == "0000-01-01T00:01:00.000Z")
    }

    @Test(arguments: [
        ("TZ=Europe/Paris 0 9 * * 1", "Europe/Paris"), ("CRON_TZ=UTC 0 9 * * 1", "UTC"), ("0 9 * * 1", nil),
    ])
    func `the zone stands in front`(text: String, zone: String?) throws {
        #expect(try CronSchedule(text).zoneName == zone)
    }

    @Test func `what is no schedule says why`() {
        let error = #expect(throws: CronSyntaxError.self) { try CronSchedule("0 24 * * *") }
        #expect(
            error?.problem == "has \"24\" as its hour; write *, numbers from 0 to 23, ranges, steps or lists of them")
    }

    // MARK: - Clocks that are changed

    // Paris, 29 March 2026: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00.
    @Test(
        arguments: [
            ("30 2 * * *", "2026-03-28T00:00:00", ["2026-03-28T01:30Z", "2026-03-30T00:30Z"]),
            ("30 1,2,3 * * *", "2026-03-29T00:00:00", ["2026-03-29T00:30Z", "2026-03-29T01:30Z"]),
            ("*/30 * * * *", "2026-03-29T00:00:00", ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"]),
            ("0 */2 * * *", "2026-03-28T22:30:00", ["2026-03-28T23:00Z", "2026-03-29T02:00Z"]),
        ])
    func `a local time that clocks skip does not fire`(text: String, date: String, expected: [String]) throws {
        #expect(try times(text, after: date, expected.count, in: ZoneFiles.rules("Europe/Paris")) == expected)
    }

    @Test(
        arguments: [
            ("30 2 * * *", "2026-10-24T12:00:00", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
            ("30 2 * * *", "2026-10-25T01:00:00", ["2026-10-26T01:30Z"]),
            ("0,59 2 * * *", "2026-10-25T00:00:00", ["2026-10-25T00:59Z", "2026-10-26T01:00Z"]),
            ("0 2,3 * * *", "2026-10-24T12:00:00", ["2026-10-25T00:00Z", "2026-10-25T02:00Z"]),
            ("*/30 0-5 * * *", "2026-10-25T00:00:00", ["2026-10-25T00:30Z", "2026-10-25T02:00Z"]),
        ])
    func `a time of day that comes twice fires at its first coming`(
        text: String, date: String, expected: [String]
    ) throws {
        #expect(try times(text, after: date, expected.count, in: ZoneFiles.rules("Europe/Paris")) == expected)
    }

    @Test(
        arguments: [
            (
                "*/30 * * * *", "2026-10-25T00:00:00",
                [
                    "2026-10-25T00:30Z", "2026-10-25T01:00Z", "2026-10-25T01:30Z", "2026-10-25T02:00Z",
                ]
            ),
            (
                "0 */2 * * *", "2026-10-24T21:00:00",
                [
                    "2026-10-24T22:00Z", "2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T03:00Z",
                ]
            ),
        ])
    func `an hour with a star fires at every coming`(text: String, date: String, expected: [String]) throws {
        #expect(try times(text, after: date, expected.count, in: ZoneFiles.rules("Europe/Paris")) == expected)
    }

    @Test func `clocks that are put back by half an hour repeat half an hour`() throws {
        // Lord Howe, 5 April 2026: 02:00 becomes 01:30.
        let zone = try ZoneFiles.rules("Australia/Lord_Howe")
        #expect(
            try times("*/15 1 * * *", after: "2026-04-04T13:50:00", 5, in: zone)
                == [
                    "2026-04-04T14:00Z", "2026-04-04T14:15Z", "2026-04-04T14:30Z", "2026-04-04T14:45Z",
                    "2026-04-05T14:30Z",
                ])
        #expect(
            try times("15,45 * * * *", after: "2026-04-04T14:20:00", 3, in: zone)
                == ["2026-04-04T14:45Z", "2026-04-04T15:15Z", "2026-04-04T15:45Z"])
    }

    @Test func `only what clocks showed before is repeated`() throws {
        // 02:00 becomes 03:00 and, half an hour later, 03:30 becomes 02:30: half past two was never shown before.
        let rules = TimeZoneRules(
            first: 0, changes: [(at: 7_200, to: 3_600), (at: 9_000, to: 0)], yearly: nil, yearlyStart: .max)
        #expect(
            try times("*/15 0-23 * * *", after: "1970-01-01T01:30:00", 7, in: rules)
                == [
                    "1970-01-01T01:45Z", "1970-01-01T02:00Z", "1970-01-01T02:15Z", "1970-01-01T02:30Z",
                    "1970-01-01T02:45Z",
                    "1970-01-01T03:30Z", "1970-01-01T03:45Z",
                ])
    }

    @Test func `where midnight is skipped, what is due at midnight is skipped`() throws {
        // Santiago, 6 September 2026: 00:00 becomes 01:00.
        #expect(
            try times("0 0 * * *", after: "2026-09-05T00:00:00", 2, in: ZoneFiles.rules("America/Santiago"))
                == ["2026-09-05T04:00Z", "2026-09-07T03:00Z"])
    }

    @Test func `a whole day that a place left out does not fire`() throws {
        // Samoa went from the 29th of December 2011 to the 31st.
        #expect(
            try times("0 12 * * *", after: "2011-12-29T00:00:00", 3, in: ZoneFiles.rules("Pacific/Apia"))
                == ["2011-12-29T22:00Z", "2011-12-30T22:00Z", "2011-12-31T22:00Z"])
        #expect(
            try times("0 12 30 12 *", after: "2010-12-31T12:00:00", 1, in: ZoneFiles.rules("Pacific/Apia"))
                == ["2012-12-29T22:00Z"])
    }
}
