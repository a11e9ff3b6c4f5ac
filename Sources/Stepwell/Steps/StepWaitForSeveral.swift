import Synchronization

extension Step {
    /// Waits for the first of several events; the other waits end with it.
    ///
    /// ```swift
    /// let answer = try await step.waitForAny(
    ///     "answer",
    ///     [.event(OrderPaid.self, match: "data.orderId"), .event(OrderCancelled.self, match: "data.orderId")],
    ///     timeout: .seconds(86_400))
    /// let isPaid = try answer?.as(OrderPaid.self) != nil
    /// ```
    ///
    /// Each wait is a step of its own, named after `id`, its place and its event; those that lost have no result. A server
    /// other than Stepwell lets them wait on, without effect, until their time is up.
    ///
    /// - Parameters:
    ///   - waits: the events; none gives nil at once.
    ///   - timeout: gives up after so long, at most 366 days.
    /// - Returns: the event; nil when the time was up.
    /// - Throws: what ``waitForEvent(_:named:if:timeout:since:)`` throws.
    public nonisolated(nonsending) func waitForAny(
        _ id: String, _ waits: [EventWait], timeout: Duration
    ) async throws -> ReceivedEvent<JSON>? {
        let waitGroup = WaitGroup()
        return try await withThrowingTaskGroup(of: ReceivedEvent<JSON>?.self) { group in
            for (place, wait) in waits.enumerated() {
                group.addTask {
                    try await received(Self.name(id, place, wait), wait, timeout: timeout, any: waitGroup)
                }
            }
            defer { group.cancelAll() }
            for try await event in group {
                if let event { return event }
            }
            return nil
        }
    }

    /// Waits for all of several events, in any order; see ``waitForAny(_:_:timeout:)``.
    ///
    /// - Returns: the events in the order of `waits`; nil when the time was up before all had come.
    /// - Throws: what ``waitForAny(_:_:timeout:)`` throws.
    public nonisolated(nonsending) func waitForAll(
        _ id: String, _ waits: [EventWait], timeout: Duration
    ) async throws -> [ReceivedEvent<JSON>]? {
        try await withThrowingTaskGroup(of: (Int, ReceivedEvent<JSON>?).self) { group in
            for (place, wait) in waits.enumerated() {
                group.addTask { (place, try await received(Self.name(id, place, wait), wait, timeout: timeout)) }
            }
            var events = [ReceivedEvent<JSON>?](repeating: nil, count: waits.count)
            for try await (place, event) in group { events[place] = event }
            let all = events.compactMap { $0 }
            return all.count == waits.count ? all : nil
        }
    }

    private static func name(_ id: String, _ place: Int, _ wait: EventWait) -> String {
        "\(id) \(place + 1): \(wait.name)"
    }
}

/// Waits of one ``Step/waitForAny(_:_:timeout:)``, which end together.
///
/// They are named after the first of them that the run met, since a run may wait several times under one id.
final class WaitGroup: Sendable {
    private let first = Mutex<String?>(nil)

    func name(joinedBy step: StepIdentity) -> String {
        first.withLock { first in
            let name = first ?? step.text
            first = name
            return name
        }
    }
}
