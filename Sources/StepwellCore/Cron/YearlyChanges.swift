import StepwellModel

/// Clocks that are changed twice a year for ever: the second half of a POSIX `TZ` text.
struct YearlyChanges: Sendable, Hashable {
    /// A day that every year has, and a time on it by the clocks before the change.
    struct Rule: Sendable, Hashable {
        enum Day: Sendable, Hashable {
            /// 1…365, not counting the 29th of February: `J60` is the first of March.
            case ofCommonYear(Int)
            /// 0…365, counting it.
            case ofYear(Int)
            /// A weekday (0 is Sunday) of a month; of week 5 the last one.
            case weekday(Int, week: Int, month: Int)
        }

        var day: Day
        /// Seconds since midnight, ±167 hours.
        var time: Int64

        /// The change of a year as a local time: seconds since 1970.
        func local(in year: Int) -> Int64 { Int64(dayNumber(in: year)) * 86_400 + time }

        private func dayNumber(in year: Int) -> Int {
            let start = CivilTime.dayNumber(year: year, month: 1, day: 1)
            switch day {
            case .ofCommonYear(let day): return start + day - (day >= 60 && CivilTime.isLeap(year) ? 0 : 1)
            case .ofYear(let day): return start + day
            case .weekday(let weekday, let week, let month):
                let first = CivilTime.dayNumber(year: year, month: month, day: 1)
                let firstWeekday = ((first + 4) % 7 + 7) % 7
                let day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                return first + (day < CivilTime.days(in: month, of: year) ? day : day - 7)
            }
        }
    }

    /// Seconds ahead of UTC.
    var standard: Int64
    var daylight: Int64
    var daylightStart: Rule
    var daylightEnd: Rule

    /// The stretch that holds a time, begun at `earliest` at the earliest.
    func span(at seconds: Int64, after earliest: Int64) -> TimeZoneRules.Span {
        let year = CivilTime(Timestamp(milliseconds: seconds * 1_000)).year
        var last: (at: Int64, to: Int64)?
        var next = TimeZoneRules.secondsMax
        // A rule's time may lead a week out of its year. Of two changes at once the later in order counts.
        for year in year - 2...year + 2 {
            for change in changes(in: year) {
                if change.at > seconds {
                    next = min(next, change.at)
                } else if change.at >= last?.at ?? .min {
                    last = change
                }
            }
        }
        return TimeZoneRules.Span(
            start: max(last?.at ?? earliest, earliest), end: next, offset: last?.to ?? standard)
    }

    private func changes(in year: Int) -> [(at: Int64, to: Int64)] {
        let start = (at: daylightStart.local(in: year) - standard, to: daylight)
        let end = (at: daylightEnd.local(in: year) - daylight, to: standard)
        return start.at <= end.at ? [start, end] : [end, start]
    }
}
