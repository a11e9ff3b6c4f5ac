/// Texts of durations: Go's `1h30m`, and with days and weeks as the dialect's `now_plus` takes them.
enum SpanText {
    /// An optional sign and numbers with units, decimals allowed; a bare `0` needs no unit.
    static func parse(_ text: String, allowingDays: Bool) -> Span? {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return Span(nanoseconds: 0) }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let part = takePart(&rest, allowingDays: allowingDays) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        return Span(nanoseconds: isNegative ? -total : total)
    }

    private static func takePart(_ rest: inout Substring, allowingDays: Bool) -> Int64? {
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: Substring = ""
        if rest.first == "." {
            rest.removeFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let unit = rest.prefix { !isDigit($0) && $0 != "." }
        rest = rest.dropFirst(unit.count)
        guard let nanoseconds = unitNanoseconds(unit, allowingDays: allowingDays) else { return nil }
        guard let count = whole.isEmpty ? 0 : Int64(whole) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: nanoseconds)
        guard !overflow else { return nil }
        return product.addingReportingOverflow(part(fraction, of: nanoseconds)).partialValue.positive
    }

    /// The digits after the point, as far as they make whole nanoseconds.
    private static func part(_ fraction: Substring, of nanoseconds: Int64) -> Int64 {
        let digits = fraction.prefix(18)
        let scale = digits.reduce(UInt64(1)) { scale, _ in scale * 10 }
        let product = (UInt64(digits) ?? 0).multipliedFullWidth(by: nanoseconds.magnitude)
        return Int64(scale.dividingFullWidth(product).quotient)
    }

    private static func isDigit(_ character: Character) -> Bool { character >= "0" && character <= "9" }

    private static func unitNanoseconds(_ unit: Substring, allowingDays: Bool) -> Int64? {
        switch unit {
        case "ns": 1
        case "us", "µs", "μs": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        case "d" where allowingDays: 86_400_000_000_000
        case "w" where allowingDays: 604_800_000_000_000
        default: nil
        }
    }
}

extension Int64 {
    /// Nil where an overflow made it negative.
    fileprivate var positive: Int64? { self < 0 ? nil : self }
}

extension Span {
    /// What `string(duration)` gives: seconds in decimals, as in `5400s` or `0.25s`.
    var secondsText: String {
        let (seconds, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        return (nanoseconds < 0 ? "-" : "") + "\(seconds)" + Self.decimals(rest, digits: 9) + "s"
    }

    /// What Go prints: `1h30m0s`, `1.5ms`.
    var goText: String {
        let sign = nanoseconds < 0 ? "-" : ""
        let total = nanoseconds.magnitude
        switch total {
        case 0: return "0s"
        case ..<1_000: return "\(sign)\(total)ns"
        case ..<1_000_000: return "\(sign)\(total / 1_000)\(Self.decimals(total % 1_000, digits: 3))µs"
        case ..<1_000_000_000: return "\(sign)\(total / 1_000_000)\(Self.decimals(total % 1_000_000, digits: 6))ms"
        default: break
        }
        let (allSeconds, rest) = total.quotientAndRemainder(dividingBy: 1_000_000_000)
        let seconds = "\(allSeconds % 60)\(Self.decimals(rest, digits: 9))s"
        let (hours, minutes) = (allSeconds / 3_600, allSeconds / 60 % 60)
        if hours > 0 { return "\(sign)\(hours)h\(minutes)m\(seconds)" }
        return minutes > 0 ? "\(sign)\(minutes)m\(seconds)" : sign + seconds
    }

    /// `.` and the digits of a fraction without trailing zeros; nothing for zero.
    static func decimals(_ fraction: UInt64, digits: Int) -> String {
        guard fraction > 0 else { return "" }
        let text = String(fraction)
        var padded = Substring(String(repeating: "0", count: digits - text.count) + text)
        while padded.last == "0" { padded.removeLast() }
        return "." + padded
    }
}
