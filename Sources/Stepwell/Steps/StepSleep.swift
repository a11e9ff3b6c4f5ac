import StepwellModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Step {
    /// Sleeps for `duration`, at most 366 days, without holding anything in this process.
    ///
    /// The time counts from when the server learns of the step; a duration of zero or less ends at once.
    ///
    /// - Throws: ``StepwellError`` with code SW0212 for more than 366 days;
    ///   ``RunInterrupted`` or `CancellationError`.
    public nonisolated(nonsending) func sleep(_ id: String, for duration: Duration) async throws {
        try Self.check(duration, of: id)
        _ = try await session.result(of: id, .sleep(duration.wireText)) { .null }
    }

    /// Sleeps until `date`, at most 366 days away; a date in the past ends at once.
    ///
    /// - Throws: ``RunInterrupted``, `CancellationError`, or ``StepwellError`` for a mistake in the function.
    public nonisolated(nonsending) func sleep(_ id: String, until date: Date) async throws {
        _ = try await session.result(of: id, .sleep(DateText.format(Timestamp(date)))) { .null }
    }

    static let waitMax: Duration = .seconds(366 * 86_400)

    static func check(_ duration: Duration, of id: String) throws(StepwellError) {
        guard duration > waitMax else { return }
        throw StepwellError(.waitOutOfRange, "step '\(id)' waits for \(duration); at most 366 days are possible")
    }
}
