#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The `Date` line of answers (RFC 9110, section 6.6.1), made once a second. Used on one thread only.
final class DateLine {
    private var second: time_t = -1
    private var line: [UInt8] = []

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The line for this second, line end included.
    var current: [UInt8] {
        let now = time(nil)
        guard now != second else { return line }
        second = now
        line = Array(Self.text(of: now).utf8)
        return line
    }

    /// `Date: Sun, 06 Nov 1994 08:49:37 GMT` and a line end.
    static func text(of time: time_t) -> String {
        var time = time
        var parts = tm()
        gmtime_r(&time, &parts)
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return "Date: \(day) \(Int(parts.tm_year) + 1900) \(clock) GMT\r\n"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
