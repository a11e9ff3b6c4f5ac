/// The five fields of a cron schedule, each as a set: one bit for each value that it names.
package struct CronFields: Sendable, Hashable {
    /// Bits 0…59.
    package var minutes: UInt64
    /// Bits 0…23.
    package var hours: UInt32
    /// Bits 1…31.
    package var days: UInt32
    /// Bits 1…12.
    package var months: UInt16
    /// Bits 0…6; 0 is Sunday.
    package var weekdays: UInt8
    /// Whether the hour is written with a star, with or without a step: the schedule means an interval, not times of day.
    package var isHourStarred: Bool
    /// Whether the day of the month is written with a star and no step, so that the day of the week decides.
    package var isDayStarred: Bool
    /// Whether the day of the week is written with a star and no step, so that the day of the month decides.
    package var isWeekdayStarred: Bool
}
