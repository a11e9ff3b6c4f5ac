/// An instant as a calendar shows it, at a fixed offset from UTC (proleptic Gregorian).
struct CivilTime: Sendable, Equatable {
    var year: Int64
    /// 1…12.
    var month: Int64
    /// 1…31.
    var day: Int64
    var hour: Int64
    var minute: Int64
    var second: Int64
    var nanoseconds: Int64
    /// Days since 1970-01-01 of the same calendar.
    var epochDay: Int64

    init(_ instant: Instant, offsetSeconds: Int64 = 0) {
        let (epochDay, secondOfDay) = (instant.seconds + offsetSeconds).flooredDivision(by: 86_400)
        self.epochDay = epochDay
        (year, month, day) = Self.date(ofDay: epochDay)
        hour = secondOfDay / 3_600
        minute = secondOfDay / 60 % 60
        second = secondOfDay % 60
        nanoseconds = Int64(instant.nanoseconds)
    }

    /// 0 is Sunday; 1970-01-01 was a Thursday.
    var dayOfWeek: Int64 { (epochDay + 4).flooredDivision(by: 7).remainder }

    /// 0…365.
    var dayOfYear: Int64 { epochDay - Self.epochDay(year: year, month: 1, day: 1) }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private static func date(ofDay epochDay: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (epochDay + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// The same source, `days_from_civil`.
    static func epochDay(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shiftedYear.flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func daysIn(month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
