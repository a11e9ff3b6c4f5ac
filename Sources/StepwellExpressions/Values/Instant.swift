import StepwellModel

/// A CEL timestamp: nanoseconds precise, from year 1 to year 9999.
struct Instant: Sendable, Hashable {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    let seconds: Int64
    /// 0…999,999,999 beyond ``seconds``.
    let nanoseconds: Int32

    static let secondsMin: Int64 = -62_135_596_800
    static let secondsMax: Int64 = 253_402_300_799

    /// Go's zero time, the first instant of year 1.
    static let zero = Instant(unchecked: secondsMin, nanoseconds: 0)

    private init(unchecked seconds: Int64, nanoseconds: Int32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Nil outside years 1 to 9999.
    init?(seconds: Int64, nanoseconds: Int64 = 0) {
        let (carry, rest) = nanoseconds.flooredDivision(by: 1_000_000_000)
        let (sum, overflow) = seconds.addingReportingOverflow(carry)
        guard !overflow, sum >= Self.secondsMin, sum <= Self.secondsMax else { return nil }
        self.init(unchecked: sum, nanoseconds: Int32(rest))
    }

    init(_ time: Timestamp) {
        let (seconds, milliseconds) = time.milliseconds.flooredDivision(by: 1_000)
        self = Instant(seconds: seconds, nanoseconds: milliseconds * 1_000_000) ?? .zero
    }

    func adding(_ span: Span) -> Instant? {
        let (seconds, rest) = span.nanoseconds.flooredDivision(by: 1_000_000_000)
        return Instant(seconds: self.seconds + seconds, nanoseconds: Int64(nanoseconds) + rest)
    }

    func subtracting(_ span: Span) -> Instant? {
        let (seconds, rest) = span.nanoseconds.flooredDivision(by: 1_000_000_000)
        return Instant(seconds: self.seconds - seconds, nanoseconds: Int64(nanoseconds) - rest)
    }

    /// The span from `earlier` to this instant; nil when 64 bits of nanoseconds do not hold it.
    func since(_ earlier: Instant) -> Span? {
        let (product, overflow) = (seconds - earlier.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(Int64(nanoseconds) - Int64(earlier.nanoseconds))
        return overflow || carry ? nil : Span(nanoseconds: sum)
    }
}

extension Instant: Comparable {
    static func < (left: Instant, right: Instant) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

/// A CEL duration: whole nanoseconds in 64 bits, as Go's `time.Duration`.
struct Span: Sendable, Hashable, Comparable {
    let nanoseconds: Int64

    static func < (left: Span, right: Span) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Int64 {
    /// Quotient rounded down and the remainder, which is never negative. `divisor` must be positive.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
