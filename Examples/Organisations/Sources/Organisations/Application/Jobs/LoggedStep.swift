import Stepwell

/// The steps of one run, told to the work log.
///
/// What is behind a step in a function is reached only when the server has brought the step's result, and the server
/// brings what it has recorded. So that is the place to note the acknowledgement, without asking the server anything.
struct LoggedStep: Sendable {
    let step: Step
    let log: any WorkLog
    let job: String
    let subject: String
    /// How long a body takes at least.
    let pace: Duration

    nonisolated(nonsending) func run<Output: Codable & Sendable>(
        _ id: String, _ body: nonisolated(nonsending) () async throws -> Output
    ) async throws -> Output {
        let output = try await step.run(id) { try await noted(id, body) }
        try note(.acknowledged, id)
        return output
    }

    /// For a body without a result.
    @_disfavoredOverload  // As in Step: a closure that returns a value must not be taken for one without.
    nonisolated(nonsending) func run(
        _ id: String, _ body: nonisolated(nonsending) () async throws -> Void
    ) async throws {
        try await step.run(id) { try await noted(id, body) }
        try note(.acknowledged, id)
    }

    /// A send has no body of ours; it begins when the event is written for the wire.
    nonisolated(nonsending) func send(_ id: String, _ event: some Event) async throws {
        try await step.send(id, LoggedEvent(event) { try note(.begun, id) })
        try note(.acknowledged, id)
    }

    private nonisolated(nonsending) func noted<Output>(
        _ id: String, _ body: nonisolated(nonsending) () async throws -> Output
    ) async throws -> Output {
        try note(.begun, id)
        try await Task.sleep(for: pace)
        let output = try await body()
        try note(.handedOver, id)
        return output
    }

    private func note(_ moment: WorkEntry.Moment, _ id: String) throws {
        try log.note(WorkEntry(moment: moment, job: job, run: step.runID, step: id, subject: subject))
    }
}

/// An event that tells when it is written.
private struct LoggedEvent<Wrapped: Event>: Event {
    static var name: String { Wrapped.name }

    let event: Wrapped
    let willWrite: @Sendable () throws -> Void

    init(_ event: Wrapped, willWrite: @escaping @Sendable () throws -> Void) {
        self.event = event
        self.willWrite = willWrite
    }

    init(from decoder: any Decoder) throws {
        event = try Wrapped(from: decoder)
        willWrite = {}
    }

    func encode(to encoder: any Encoder) throws {
        try willWrite()
        try event.encode(to: encoder)
    }
}
