import StepwellModel

/// By how much the clocks of one place differ from UTC, at every time.
package struct TimeZoneRules: Sendable, Hashable {
    /// A stretch of time in which clocks are not changed. Times are seconds since 1970.
    package struct Span: Sendable, Hashable {
        package let start: Int64
        /// The first second that does not belong to it.
        package let end: Int64
        /// Seconds that local clocks are ahead of UTC.
        package let offset: Int64

        var localStart: Int64 { start + offset }
        var localEnd: Int64 { end + offset }
    }

    /// Times are between ± this; about eighteen billion years (RFC 8536, section 3.2 has the lower one).
    static let secondsMax: Int64 = 1 << 59
    /// An offset is less than this, ±: 26 hours (RFC 8536, section 3.2).
    static let offsetMax: Int64 = 26 * 3_600

    /// When clocks are changed, ascending, each time to another offset.
    private let changes: [Int64]
    /// One more than changes: the first is in force before them.
    private let offsets: [Int32]
    /// What is in force from `yearlyStart` on, where clocks are changed every year.
    private let yearly: YearlyChanges?
    private let yearlyStart: Int64

    package static let utc = TimeZoneRules(first: 0, changes: [], yearly: nil, yearlyStart: secondsMax)

    /// - Parameter changes: Ascending.
    init(
        first: Int32, changes: some Sequence<(at: Int64, to: Int32)>, yearly: YearlyChanges?, yearlyStart: Int64
    ) {
        var times: [Int64] = []
        var offsets = [first]
        for (time, offset) in changes where offset != offsets.last {
            times.append(time)
            offsets.append(offset)
        }
        self.changes = times
        self.offsets = offsets
        self.yearly = yearly
        self.yearlyStart = yearlyStart
    }

    /// Seconds that local clocks are ahead of UTC.
    package func offset(at time: Timestamp) -> Int {
        Int(span(at: time.writableSeconds).offset)
    }

    /// The stretch that holds a time of the years 0 to 9999, or a day or two off.
    func span(at seconds: Int64) -> Span {
        if let yearly, seconds >= yearlyStart { return yearly.span(at: seconds, after: yearlyStart) }
        let place = changes.partitioningIndex { $0 > seconds }
        let last = yearly == nil ? Self.secondsMax : yearlyStart
        return Span(
            start: place == 0 ? -Self.secondsMax : changes[place - 1],
            end: place == changes.count ? last : changes[place], offset: Int64(offsets[place]))
    }

    /// If clocks showed the same local time earlier already: the local time at which that repetition ends.
    func repetitionEnd(of local: Int64, in span: Span) -> Int64? {
        let time = local - span.offset
        var earlier = span
        // No two offsets differ by more than twice the largest one.
        while earlier.start > max(time - 2 * Self.offsetMax, -Self.secondsMax) {
            earlier = self.span(at: earlier.start - 1)
            if earlier.localStart <= local, local < earlier.localEnd { return earlier.localEnd }
        }
        return nil
    }
}

extension [Int64] {
    /// The first place whose element fulfils a condition that holds for all behind it too.
    fileprivate func partitioningIndex(where condition: (Int64) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
