import StepwellModel

extension Timestamp {
    /// The last second of the year 9999.
    static let writableSecondsMax = Int64(CivilTime.dayNumber(year: 10_000, month: 1, day: 1)) * 86_400 - 1
    private static let writableSecondsMin = Int64(CivilTime.dayNumber(year: 0, month: 1, day: 1)) * 86_400

    /// Seconds since 1970, rounded down, or the nearest second of the years 0 to 9999, beyond which no time can be written.
    var writableSeconds: Int64 {
        let seconds = milliseconds / 1_000 - (milliseconds % 1_000 < 0 ? 1 : 0)
        return min(max(seconds, Self.writableSecondsMin), Self.writableSecondsMax)
    }
}
