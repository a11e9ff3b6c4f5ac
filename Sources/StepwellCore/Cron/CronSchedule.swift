import StepwellModel

/// When a schedule fires: a pure function from one point in time, and the rules of a zone, to the next.
///
/// Local times that clocks skip never fire. Local times that come twice fire at their first coming, unless the hour is
/// written with a star (`*`, `*/2`): then every coming fires. Docs/cron.md explains both with examples.
package struct CronSchedule: Sendable, Hashable {
    /// The zone whose clocks the fields name; nil is UTC.
    package let zoneName: String?
    private let fields: CronFields

    /// Reads `[TZ=Area/City ]minute hour day-of-month month day-of-week`. Whether the zone exists is not looked at.
    package init(_ text: String) throws(CronSyntaxError) {
        (zoneName, fields) = try CronSyntax.parse(text)
    }

    /// Whether no date of any year matches, as with the 30th of February.
    package var isNever: Bool { fields.isNever }

    /// The first time after `time`, and never `time` itself, at which the schedule fires.
    ///
    /// Nil when there is none in the next 400 years: after these the calendar repeats itself. Nor beyond the year 9999.
    package func next(after time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        guard !isNever else { return nil }
        var from = time.writableSeconds + 1
        let horizon = min(from + Self.horizonSeconds, Timestamp.writableSecondsMax + 1)
        while from < horizon {
            let span = zone.span(at: from)
            if let match = match(from: from, before: min(span.end, horizon), in: span, of: zone) {
                return Timestamp(milliseconds: match * 1_000)
            }
            from = span.end
        }
        return nil
    }

    /// The first match in a stretch of time in which the zone's clocks are not changed.
    private func match(
        from: Int64, before end: Int64, in span: TimeZoneRules.Span, of zone: TimeZoneRules
    ) -> Int64? {
        var local = from + span.offset
        while let match = fields.firstMatch(from: local, before: end + span.offset) {
            if fields.isHourStarred { return match - span.offset }
            guard let repetitionEnd = zone.repetitionEnd(of: match, in: span) else { return match - span.offset }
            local = repetitionEnd
        }
        return nil
    }

    /// One cycle of the Gregorian calendar: 146,097 days, which are whole weeks too.
    private static let horizonSeconds: Int64 = 146_097 * 86_400
}
