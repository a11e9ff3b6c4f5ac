import StepwellModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Timestamp {
    /// The millisecond nearest to `date`; dates that are no time of this planet are held to what 64 bits can count.
    init(_ date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        self.init(milliseconds: Int64(exactly: max(-9e15, min(milliseconds, 9e15))) ?? 0)
    }

    var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }

    /// Wall time; the one place where the SDK takes it from.
    @Sendable static func now() -> Timestamp { Timestamp(Date()) }
}
