/// Texts and numbers that name a point in time.
enum DateText {
    /// What the dialect's `date(any)` makes of a value; nil for a type that names no time.
    ///
    /// Texts: RFC 3339, also with a space for the T, without the time, or without the zone (then UTC); or a number.
    /// Numbers: time since 1970 in seconds, milliseconds, microseconds or nanoseconds, told apart by their size.
    static func instant(from argument: Value) -> Value? {
        switch argument {
        case .timestamp: return argument
        case .int(let number): return instant(since1970: number)
        case .uint(let number): return Int64(exactly: number).map { instant(since1970: $0) } ?? outOfRange
        case .double(let number):
            return Int64(truncating: number).map { instant(since1970: $0) } ?? outOfRange
        case .string(let text):
            if let number = Int64(text) { return instant(since1970: number) }
            return parse(text).map { .timestamp($0) }
                ?? .failure("'\(text.excerpt)' is no date such as 2026-01-31 or 2026-01-31T08:00:00Z")
        default: return nil
        }
    }

    private static let outOfRange = Value.failure("the time is outside of the years 1 to 9999")

    private static func instant(since1970 number: Int64) -> Value {
        // Today has 10 digits in seconds, 13 in milliseconds, 16 in microseconds and 19 in nanoseconds.
        let perSecond: Int64 =
            switch number.magnitude {
            case ..<100_000_000_000: 1
            case ..<100_000_000_000_000: 1_000
            case ..<100_000_000_000_000_000: 1_000_000
            default: 1_000_000_000
            }
        let (seconds, rest) = number.flooredDivision(by: perSecond)
        let instant = Instant(seconds: seconds, nanoseconds: rest * (1_000_000_000 / perSecond))
        return instant.map { .timestamp($0) } ?? outOfRange
    }

    static func parseRFC3339(_ text: String) -> Instant? {
        var reader = Reader(text)
        guard let day = reader.day(), reader.take("T") || reader.take("t"), let time = reader.time(),
            let offset = reader.zone(), reader.isAtEnd
        else { return nil }
        return instant(day: day, time: time, offsetSeconds: offset)
    }

    private static func parse(_ text: String) -> Instant? {
        var reader = Reader(text)
        guard let day = reader.day() else { return nil }
        if reader.isAtEnd { return Instant(seconds: day * 86_400) }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let time = reader.time() else { return nil }
        if reader.isAtEnd { return instant(day: day, time: time, offsetSeconds: 0) }
        _ = reader.take(" ")
        guard let offset = reader.zone(), reader.isAtEnd else { return nil }
        return instant(day: day, time: time, offsetSeconds: offset)
    }

    private static func instant(day: Int64, time: (seconds: Int64, nanoseconds: Int64), offsetSeconds: Int64)
        -> Instant?
    {
        Instant(seconds: day * 86_400 + time.seconds - offsetSeconds, nanoseconds: time.nanoseconds)
    }

    /// Takes the parts of a date from the front of a text.
    struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard let code = rest.first, UInt32(code) == character.value else { return false }
            rest.removeFirst()
            return true
        }

        /// A number of exactly so many digits.
        mutating func number(digits: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<digits {
                guard let code = rest.first, Lexer.isDigit(code) else { return nil }
                value = value * 10 + Int64(code - UInt8(ascii: "0"))
                rest.removeFirst()
            }
            return value
        }

        /// `YYYY-MM-DD` as days since 1970.
        mutating func day() -> Int64? {
            guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
                let day = number(digits: 2), year >= 1, (1...12).contains(month), day >= 1,
                day <= CivilTime.daysIn(month: month, of: year)
            else { return nil }
            return CivilTime.epochDay(year: year, month: month, day: day)
        }

        /// `HH:MM:SS` with an optional fraction.
        mutating func time() -> (seconds: Int64, nanoseconds: Int64)? {
            guard let hour = number(digits: 2), take(":"), let minute = number(digits: 2), take(":"),
                let second = number(digits: 2), hour < 24, minute < 60, second < 60
            else { return nil }
            let seconds = hour * 3_600 + minute * 60 + second
            guard take(".") else { return (seconds, 0) }
            guard let nanoseconds = fraction() else { return nil }
            return (seconds, nanoseconds)
        }

        private mutating func fraction() -> Int64? {
            var nanoseconds: Int64 = 0
            var scale: Int64 = 100_000_000
            var digits = 0
            while let code = rest.first, Lexer.isDigit(code) {
                nanoseconds += Int64(code - UInt8(ascii: "0")) * scale
                scale /= 10
                digits += 1
                rest.removeFirst()
            }
            return digits > 0 ? nanoseconds : nil
        }

        /// `Z` or an offset, in seconds east of Greenwich.
        mutating func zone() -> Int64? {
            if take("Z") || take("z") { return 0 }
            return offset()
        }

        /// `+HH:MM`, `-HH:MM`, in seconds.
        mutating func offset() -> Int64? {
            let isNegative = take("-")
            guard isNegative || take("+"), let hours = number(digits: 2), take(":"), let minutes = number(digits: 2),
                hours < 24, minutes < 60
            else { return nil }
            let seconds = hours * 3_600 + minutes * 60
            return isNegative ? -seconds : seconds
        }
    }
}

extension Instant {
    /// What `string(timestamp)` gives: RFC 3339 in UTC, with as many decimals as it takes.
    var text: String {
        let time = CivilTime(self)
        return "\(time.dateText)T\(time.clockText)Z"
    }

    /// What Go prints for a time in UTC.
    var goText: String {
        let time = CivilTime(self)
        return "\(time.dateText) \(time.clockText) +0000 UTC"
    }
}

extension CivilTime {
    fileprivate var dateText: String {
        "\(Self.padded(year, digits: 4))-\(Self.padded(month, digits: 2))-\(Self.padded(day, digits: 2))"
    }

    fileprivate var clockText: String {
        let clock = [hour, minute, second].map { Self.padded($0, digits: 2) }.joined(separator: ":")
        return clock + Span.decimals(UInt64(nanoseconds), digits: 9)
    }

    private static func padded(_ number: Int64, digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
