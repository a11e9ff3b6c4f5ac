/// The parts of timestamps and durations that `getFullYear()` and its kin give.
struct TimePart {
    private let function: Function

    /// Nil for a function that gives no such part.
    init?(_ function: Function) {
        switch function {
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes,
            .getSeconds, .getMilliseconds:
            self.function = function
        default: return nil
        }
    }

    /// Nil for a value that has no such part. A zone is `UTC` or an offset such as `+01:00`.
    func value(of argument: Value, zone: String?) -> Value? {
        switch argument {
        case .duration(let span):
            return zone == nil ? part(of: span).map { .int($0) } : nil
        case .timestamp(let instant):
            guard let offset = Self.offset(of: zone ?? "UTC") else {
                return .failure(
                    "the time zone '\(zone?.excerpt ?? "")' is not known here; use UTC or an offset such as +01:00")
            }
            return .int(part(of: CivilTime(instant, offsetSeconds: offset)))
        default: return nil
        }
    }

    private static func offset(of zone: String) -> Int64? {
        if ["UTC", "Z", "GMT", "Etc/UTC", ""].contains(zone) { return 0 }
        var reader = DateText.Reader(Lexer.isDigit(zone.utf8.first) ? "+" + zone : zone)
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        return offset
    }

    private func part(of time: CivilTime) -> Int64 {
        switch function {
        case .getFullYear: time.year
        case .getMonth: time.month - 1
        case .getDate: time.day
        case .getDayOfMonth: time.day - 1
        case .getDayOfWeek: time.dayOfWeek
        case .getDayOfYear: time.dayOfYear
        case .getHours: time.hour
        case .getMinutes: time.minute
        case .getSeconds: time.second
        default: time.nanoseconds / 1_000_000
        }
    }

    /// The whole duration in that unit, as cel-go counts.
    private func part(of span: Span) -> Int64? {
        switch function {
        case .getHours: span.nanoseconds / 3_600_000_000_000
        case .getMinutes: span.nanoseconds / 60_000_000_000
        case .getSeconds: span.nanoseconds / 1_000_000_000
        case .getMilliseconds: span.nanoseconds / 1_000_000
        default: nil
        }
    }
}
