/// Spans of time as text: `1w2d3h4m5s6ms7us8ns`, any part a decimal, parts in any order, an optional sign in front.
///
/// Two dialects are on the wire: that of Go's str2duration package, and Go's own `time.ParseDuration`, which knows no
/// days and weeks (PROTOCOL §2.2: `batchEvents.timeout`). Spans are held to ±2⁶³ ns (292 years), as in Go.
package enum DurationText {
    package enum Dialect: Sendable {
        /// With days (24 h) and weeks (7 days).
        case extended
        /// Hours are the largest unit.
        case go
    }

    private static let nanosecondsPerMillisecond: Int64 = 1_000_000

    /// Largest first: formatting relies on it, and Go's dialect lacks the first two. Micro has two signs in Unicode.
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("\u{B5}s", 1_000), ("\u{3BC}s", 1_000), ("ns", 1),
    ]

    /// The span that `text` writes, part of a millisecond rounded up, so that no timer made from it fires early.
    package static func parse(
        _ text: some StringProtocol, dialect: Dialect = .extended
    ) throws(DurationError) -> Milliseconds {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return .zero }
        guard !rest.isEmpty else { throw DurationError(text: String(text), problem: .empty) }
        var nanoseconds: Int64 = 0
        while !rest.isEmpty {
            let part = try part(of: &rest, in: String(text), dialect: dialect)
            let (sum, overflow) = nanoseconds.addingReportingOverflow(part)
            guard !overflow else { throw DurationError(text: String(text), problem: .tooLong) }
            nanoseconds = sum
        }
        let whole = nanoseconds / nanosecondsPerMillisecond
        let remainder = nanoseconds % nanosecondsPerMillisecond
        return Milliseconds(isNegative ? -whole : whole + (remainder > 0 ? 1 : 0))
    }

    private static func known(to dialect: Dialect) -> ArraySlice<(name: String, nanoseconds: Int64)> {
        dialect == .extended ? units[...] : units.dropFirst(2)
    }

    /// Takes one number with its unit off the front.
    private static func part(
        of rest: inout Substring, in text: String, dialect: Dialect
    ) throws(DurationError) -> Int64 {
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        rest.removeFirst(whole.count)
        var fraction: Substring = ""
        if rest.first == "." {
            rest.removeFirst()
            fraction = rest.prefix { $0.isASCII && $0.isNumber }
            rest.removeFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { throw DurationError(text: text, problem: .number) }
        let name = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
        guard !name.isEmpty else { throw DurationError(text: text, problem: .missingUnit) }
        rest.removeFirst(name.count)
        guard let unit = known(to: dialect).first(where: { $0.name == name })
        else { throw DurationError(text: text, problem: .unit(String(name), dialect)) }
        let count = whole.isEmpty ? 0 : Int64(whole)
        let (product, overflow) = (count ?? .max).multipliedReportingOverflow(by: unit.nanoseconds)
        let (sum, sumOverflow) = product.addingReportingOverflow(Self.fraction(fraction, of: unit.nanoseconds))
        guard count != nil, !overflow, !sumOverflow else { throw DurationError(text: text, problem: .tooLong) }
        return sum
    }

    /// 0.`digits` of a unit in whole nanoseconds, cut off as Go does; digits beyond the 18th have no weight.
    private static func fraction(_ digits: Substring, of nanoseconds: Int64) -> Int64 {
        let digits = digits.prefix(18)
        var scale: UInt64 = 1
        for _ in digits { scale *= 10 }
        let product = UInt64(digits.isEmpty ? "0" : digits, radix: 10)?.multipliedFullWidth(by: UInt64(nanoseconds))
        guard let product else { return 0 }
        return Int64(scale.dividingFullWidth(product).quotient)
    }

    /// The shortest text: `90000` ms is `1m30s`, seven days are `1w`, nothing is `0s`.
    package static func format(_ span: Milliseconds) -> String { format(span, dialect: .extended) }

    package static func format(_ span: Milliseconds, dialect: Dialect) -> String {
        guard span != .zero else { return "0s" }
        var text = span.count < 0 ? "-" : ""
        var rest = span.count.magnitude
        for unit in known(to: dialect) where unit.nanoseconds >= nanosecondsPerMillisecond {
            let size = UInt64(unit.nanoseconds / nanosecondsPerMillisecond)
            guard rest >= size else { continue }
            text += "\(rest / size)\(unit.name)"
            rest %= size
        }
        return text
    }
}

/// Why a text is no span of time.
package struct DurationError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Problem: Sendable, Hashable {
        case empty, number, missingUnit, tooLong
        case unit(String, DurationText.Dialect)
    }

    package let text: String
    package let problem: Problem

    package var description: String {
        let reason =
            switch problem {
            case .empty: "it is empty; write a number and a unit, such as 30s"
            case .number: "a number is missing before a unit; write it such as 1h30m"
            case .missingUnit: "a number has no unit; write it such as 30s"
            case .tooLong: "it is longer than 292 years"
            case .unit(let name, .extended): "unknown unit \"\(name)\"; the units are w, d, h, m, s, ms, us and ns"
            case .unit(let name, .go): "unknown unit \"\(name)\"; the units here are h, m, s, ms, us and ns"
            }
        return "invalid duration \"\(text)\": \(reason)"
    }
}
