/// The time that parked runs are kept by.
struct RunClock: Sendable {
    let now: @Sendable () -> ContinuousClock.Instant
    let sleep: @Sendable (Duration) async throws -> Void

    /// The machine's own, which goes on while it sleeps.
    static let continuous = RunClock {
        ContinuousClock.now
    } sleep: {
        try await Task.sleep(for: $0)
    }
}
