/// Points in time as text: RFC 3339 and its shorter relatives, and the three forms of HTTP dates.
package enum DateText {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The time that `text` writes, whole milliseconds, what is finer cut off; nil if it is in no form known here.
    ///
    /// `2026-01-31`, `2026-01-31T09:30:00` and `2026-01-31 09:30:00.123` are UTC; a zone is `Z` or `±hh:mm`. HTTP's are
    /// `Sat, 31 Jan 2026 09:30:00 GMT` (or `+0100`), `Saturday, 31-Jan-26 09:30:00 GMT`, `Sat Jan 31 09:30:00 2026`.
    package static func parse(_ text: some StringProtocol) -> Timestamp? {
        guard text.utf8.count >= 10, text.utf8.count <= 64 else { return nil }
        return text.utf8.first.map { $0 &- 0x30 < 10 } == true ? iso(String(text)) : http(String(text))
    }

    /// RFC 3339 in UTC with milliseconds: `2026-01-31T09:30:00.000Z`.
    package static func format(_ time: Timestamp) -> String {
        let civil = CivilTime(time)
        return "\(seconds(civil)).\(padded(civil.millisecond, to: 3))Z"
    }

    /// RFC 3339 in UTC to the second: `2026-01-31T09:30:00Z`.
    package static func formatSeconds(_ time: Timestamp) -> String { "\(seconds(CivilTime(time)))Z" }

    /// An HTTP date (RFC 9110, section 5.6.7): `Sat, 31 Jan 2026 09:30:00 GMT`.
    package static func formatHTTP(_ time: Timestamp) -> String {
        let civil = CivilTime(time)
        let date = "\(padded(civil.day, to: 2)) \(months[civil.month - 1]) \(padded(civil.year, to: 4))"
        return "\(weekdays[civil.weekday]), \(date) \(clock(civil)) GMT"
    }

    private static func seconds(_ civil: CivilTime) -> String {
        "\(padded(civil.year, to: 4))-\(padded(civil.month, to: 2))-\(padded(civil.day, to: 2))T\(clock(civil))"
    }

    private static func clock(_ civil: CivilTime) -> String {
        "\(padded(civil.hour, to: 2)):\(padded(civil.minute, to: 2)):\(padded(civil.second, to: 2))"
    }

    private static func padded(_ value: Int, to count: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}

// MARK: - RFC 3339

extension DateText {
    private static func iso(_ text: String) -> Timestamp? {
        var reader = DateReader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2)
        else { return nil }
        if reader.isAtEnd { return CivilTime(year: year, month: month, day: day)?.timestamp }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let time = reader.clock() else { return nil }
        var millisecond = 0
        if reader.take(".") || reader.take(",") {
            guard let fraction = reader.fraction() else { return nil }
            millisecond = fraction
        }
        let offset = reader.isAtEnd ? 0 : reader.zone()
        let civil = CivilTime(
            year: year, month: month, day: day, hour: time.hour, minute: time.minute, second: time.second,
            millisecond: millisecond)
        guard let offset, reader.isAtEnd, let civil else { return nil }
        return civil.timestamp - .minutes(Int64(offset))
    }
}

// MARK: - HTTP dates

extension DateText {
    private static func http(_ text: String) -> Timestamp? {
        // A minus behind a space is that of a zone, every other one the separator of the middle form.
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" && !text.contains(" -") }.map(String.init)
        guard let weekday = words.first, weekdays.contains(where: { weekday.hasPrefix($0) }) else { return nil }
        switch words.count {
        case 6: return date(day: words[1], month: words[2], year: words[3], clock: words[4], zone: words[5])
        case 5: return date(day: words[2], month: words[1], year: words[4], clock: words[3], zone: "GMT")
        default: return nil
        }
    }

    private static func date(day: String, month: String, year: String, clock: String, zone: String) -> Timestamp? {
        var clockReader = DateReader(clock)
        guard let day = Int(day), let month = months.firstIndex(of: month), var yearNumber = Int(year),
            let time = clockReader.clock(), clockReader.isAtEnd
        else { return nil }
        // Two digits are a year of 1969…2068, as in Go.
        if year.utf8.count == 2 { yearNumber += yearNumber >= 69 ? 1900 : 2000 }
        var zoneReader = DateReader(zone)
        let offset = ["GMT", "UTC", "Z"].contains(zone) ? 0 : zoneReader.zone()
        let civil = CivilTime(
            year: yearNumber, month: month + 1, day: day, hour: time.hour, minute: time.minute, second: time.second)
        guard let offset, let civil else { return nil }
        return civil.timestamp - .minutes(Int64(offset))
    }
}

/// Reads fixed-width digits off the front of a text.
private struct DateReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    /// A number of exactly `count` digits.
    mutating func number(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        rest.removeFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// `hh:mm:ss`.
    mutating func clock() -> (hour: Int, minute: Int, second: Int)? {
        guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2) else {
            return nil
        }
        return (hour, minute, second)
    }

    /// The milliseconds of a fraction of a second of at least one digit.
    mutating func fraction() -> Int? {
        let digits = rest.prefix { $0 &- 0x30 < 10 }
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let known = digits.prefix(3).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return [1, 100, 10, 1][min(digits.count, 3)] * known
    }

    /// Minutes east of UTC: `Z`, `±hh:mm` or `±hhmm`.
    mutating func zone() -> Int? {
        if take("Z") || take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(2) else { return nil }
        _ = take(":")
        guard let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }
}
