import StepwellModel

/// The generic cell rate algorithm: one in each emission interval, some of them early.
///
/// Its whole state is the theoretical arrival time, in microseconds since periods are divided by limits: when the next one
/// would come if all came evenly.
struct CellRate {
    let emissionMicroseconds: Int64
    /// How far the theoretical arrival time may be ahead of now for one more; at most a thousand years.
    let toleranceMicroseconds: Int64

    /// - Parameter ahead: How many may come before their time.
    init(limit: Int, period: Milliseconds, ahead: Int64) {
        emissionMicroseconds = max(1, period.count * 1_000 / Int64(max(1, limit)))
        let (span, isTooLong) = emissionMicroseconds.multipliedReportingOverflow(by: ahead)
        toleranceMicroseconds = isTooLong ? Self.toleranceMax : min(span, Self.toleranceMax)
    }

    private static let toleranceMax: Int64 = 1_000 * 366 * 86_400 * 1_000_000

    /// When the next one may come, given the theoretical arrival time.
    func allowedMicroseconds(after arrival: Int64) -> Int64 { arrival - toleranceMicroseconds }

    /// The theoretical arrival time once one more has come.
    func arrivalMicroseconds(after arrival: Int64, now: Int64) -> Int64 { max(arrival, now) + emissionMicroseconds }
}
