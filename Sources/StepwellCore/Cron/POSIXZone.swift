/// A POSIX `TZ` text such as `CET-1CEST,M3.5.0,M10.5.0/3`, with the longer times of RFC 8536, section 3.3.1.
struct POSIXZone {
    /// Seconds ahead of UTC.
    let standard: Int64
    /// Nil where clocks are never changed.
    let yearly: YearlyChanges?

    /// Nil when the text has another form.
    init?(_ text: ArraySlice<UInt8>) {
        var reader = Reader(rest: text)
        guard reader.name(), let standard = reader.offset() else { return nil }
        self.standard = -standard
        guard !reader.rest.isEmpty else {
            yearly = nil
            return
        }
        guard reader.name() else { return nil }
        // Where nothing else is said, an hour ahead.
        var daylight = self.standard + 3_600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let given = reader.offset() else { return nil }
            daylight = -given
        }
        guard reader.take(","), let start = reader.rule(), reader.take(","), let end = reader.rule(),
            reader.rest.isEmpty
        else { return nil }
        yearly = YearlyChanges(
            standard: self.standard, daylight: daylight, daylightStart: start, daylightEnd: end)
    }
}

private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// A name of three letters or more, or of letters, digits and signs between `<` and `>`.
    mutating func name() -> Bool {
        let isQuoted = take("<")
        let name = rest.prefix { Self.isLetter($0) || isQuoted && (Self.isDigit($0) || $0 == 0x2B || $0 == 0x2D) }
        rest = rest[name.endIndex...]
        return name.count >= 3 && (!isQuoted || take(">"))
    }

    /// The seconds by which UTC is ahead: `-1`, `5:30`, at most a day.
    mutating func offset() -> Int64? { span(hoursMax: 24) }

    /// `Mm.w.d`, `Jn` or `n`, perhaps with a time; two o'clock is the default.
    mutating func rule() -> YearlyChanges.Rule? {
        guard let day = day() else { return nil }
        guard take("/") else { return YearlyChanges.Rule(day: day, time: 7_200) }
        return span(hoursMax: 167).map { YearlyChanges.Rule(day: day, time: $0) }
    }

    private mutating func day() -> YearlyChanges.Rule.Day? {
        if take("J") { return number(1...365).map { .ofCommonYear($0) } }
        guard take("M") else { return number(0...365).map { .ofYear($0) } }
        guard let month = number(1...12), take("."), let week = number(1...5), take("."), let weekday = number(0...6)
        else { return nil }
        return .weekday(weekday, week: week, month: month)
    }

    /// `[±]hh[:mm[:ss]]` in seconds.
    private mutating func span(hoursMax: Int) -> Int64? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard let hours = number(0...hoursMax) else { return nil }
        var (minutes, seconds) = (0, 0)
        if take(":") {
            guard let given = number(0...59) else { return nil }
            minutes = given
            if take(":") {
                guard let given = number(0...59) else { return nil }
                seconds = given
            }
        }
        let span = Int64(hours * 3_600 + minutes * 60 + seconds)
        return isNegative ? -span : span
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix(while: Self.isDigit)
        guard 1...3 ~= digits.count else { return nil }
        rest = rest[digits.endIndex...]
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return range.contains(number) ? number : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
