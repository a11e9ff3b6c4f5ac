import StepwellModel

/// The calendar alone, without zones: local times are seconds since 1970-01-01 00:00 on the clock on the wall.
///
/// Jumps from month to month, day to day, hour to hour by the fields' bits; the longest way is eight years of one month
/// each, to the next 29th of February.
extension CronFields {
    /// Whether no date of any year matches.
    var isNever: Bool {
        // Every weekday comes in every month.
        guard isWeekdayStarred else { return false }
        return !(1...12).contains { month in
            // 2000 has a 29th of February.
            months & 1 << month != 0 && days & Self.daysOfMonth(count: CivilTime.days(in: month, of: 2000)) != 0
        }
    }

    /// The first local time that matches at or after `start` and before `end`.
    func firstMatch(from start: Int64, before end: Int64) -> Int64? {
        let minutes = start / 60 + (start % 60 > 0 ? 1 : 0)
        let civil = CivilTime(Timestamp(milliseconds: minutes * 60_000))
        var (year, month) = (civil.year, civil.month)
        var earliest = (day: civil.day, minute: civil.hour * 60 + civil.minute)
        while true {
            let monthStart = CivilTime.dayNumber(year: year, month: month, day: 1)
            guard Int64(monthStart) * 86_400 < end else { return nil }
            if let (day, minute) = firstMatch(year, month, monthStart: monthStart, from: earliest) {
                let match = Int64(monthStart + day - 1) * 86_400 + Int64(minute) * 60
                return match < end ? match : nil
            }
            let later = months & ~0 << (month + 1)
            if later == 0 { year += 1 }
            month = (later == 0 ? months : later).trailingZeroBitCount
            earliest = (1, 0)
        }
    }

    /// - Parameter monthStart: The number of the month's first day since 1970.
    private func firstMatch(
        _ year: Int, _ month: Int, monthStart: Int, from earliest: (day: Int, minute: Int)
    ) -> (day: Int, minute: Int)? {
        guard months & 1 << month != 0 else { return nil }
        var days = matchingDays(count: CivilTime.days(in: month, of: year), monthStart: monthStart)
        days &= ~0 << earliest.day
        while days != 0 {
            let day = days.trailingZeroBitCount
            if let minute = minuteOfDay(from: day == earliest.day ? earliest.minute : 0) { return (day, minute) }
            days &= days - 1
        }
        return nil
    }

    /// The days of a month that match, bits 1…31. Of two restrictions either suffices; a star leaves it to the other.
    private func matchingDays(count: Int, monthStart: Int) -> UInt32 {
        let all = Self.daysOfMonth(count: count)
        if isWeekdayStarred { return days & all }
        // 1970 began on a Thursday.
        let first = ((monthStart + 4) % 7 + 7) % 7
        let week = UInt64(weekdays >> first | weekdays << (7 - first) & 0x7F)
        let byWeekday = UInt32(truncatingIfNeeded: (week * 0x1020_4081) << 1) & all
        return isDayStarred ? byWeekday : byWeekday | days & all
    }

    private func minuteOfDay(from earliest: Int) -> Int? {
        var hour = earliest / 60
        if hours & 1 << hour != 0 {
            let minutes = minutes & ~0 << (earliest % 60)
            if minutes != 0 { return hour * 60 + minutes.trailingZeroBitCount }
        }
        let later = hours & ~0 << (hour + 1)
        guard later != 0 else { return nil }
        hour = later.trailingZeroBitCount
        return hour * 60 + minutes.trailingZeroBitCount
    }

    private static func daysOfMonth(count: Int) -> UInt32 { (~0 >> (31 - count)) & ~1 }
}
