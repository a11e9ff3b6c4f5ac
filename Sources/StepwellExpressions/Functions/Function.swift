/// The functions of the language: cel-go's standard library and the dialect's own (PROTOCOL 4.2).
///
/// Macros are not among them; the parser turns those into nodes of their own.
enum Function: String, Sendable, CaseIterable {
    // Texts, lists, maps.
    case size, contains, startsWith, endsWith, matches
    // Conversions.
    case int, uint, double, string, bytes, bool, type, dyn, duration, timestamp
    // Parts of timestamps and durations.
    case getFullYear, getMonth, getDate, getDayOfMonth, getDayOfWeek, getDayOfYear
    case getHours, getMinutes, getSeconds, getMilliseconds
    // The dialect's own.
    case lowercase, uppercase
    case b64decode
    case jsonParse = "json_parse"
    case date, now
    case nowPlus = "now_plus"
    case nowMinus = "now_minus"
    /// Not for users: what the printer writes for an interpolated value that is too large to store.
    case interpolationFailure = "interpolation_failure"

    /// How many arguments it takes, the receiver included, when called as `x.f(…)`; nil when it cannot be.
    var receiverArguments: ClosedRange<Int>? {
        switch self {
        case .size: 1...1
        case .contains, .startsWith, .endsWith, .matches: 2...2
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes,
            .getSeconds, .getMilliseconds:
            1...2
        default: nil
        }
    }

    /// How many arguments it takes when called as `f(x, …)`; nil when it cannot be.
    var globalArguments: Int? {
        switch self {
        case .matches: 2
        case .size, .int, .uint, .double, .string, .bytes, .bool, .type, .dyn, .duration, .timestamp, .lowercase,
            .uppercase, .b64decode, .jsonParse, .date, .nowPlus, .nowMinus, .interpolationFailure:
            1
        case .now: 0
        default: nil
        }
    }

    /// Why it cannot be called so, or nil.
    func objection(toArguments count: Int, hasReceiver: Bool) -> String? {
        let name = rawValue
        if hasReceiver {
            guard let allowed = receiverArguments else { return "\(name)() is called as \(name)(…), not on a value" }
            if allowed.contains(count) { return nil }
            let (fewest, most) = (allowed.lowerBound - 1, allowed.upperBound - 1)
            return
                "\(name)() takes \(fewest == most ? "\(fewest)" : "\(fewest) or \(most)") argument(s), not \(count - 1)"
        }
        guard let allowed = globalArguments else { return "\(name)() is called on a value, as in x.\(name)(…)" }
        return count == allowed ? nil : "\(name)() takes \(allowed) argument(s), not \(count)"
    }

    /// Whether its value may differ from one evaluation to the next.
    var dependsOnTime: Bool { self == .now || self == .nowPlus || self == .nowMinus }
}
