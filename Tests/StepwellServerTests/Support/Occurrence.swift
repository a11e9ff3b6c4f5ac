/// Something that a test waits for without keeping a thread from the others.
final class Occurrence: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func happen() { continuation.yield() }

    /// Returns once it has happened, for one who waits; throws when the test's time is over.
    func happened() async throws {
        for await _ in stream { return }
        throw CancellationError()
    }
}

/// Returns once `holds` does; throws when the test's time is over.
func until(_ holds: () async throws -> Bool) async throws {
    while try await !holds() { try await Task.sleep(for: .milliseconds(2)) }
}
