import Foundation
import Stepwell
import Synchronization
import Testing

@testable import Organisations

@Suite struct UseCaseTests {
    @Test func `a request becomes one event in normal form`() async throws {
        let events = RecordingPublisher()
        try await CreateProvisionalOrganisation(events: events)(
            .init(accountId: "a1", name: "  Acme  Ltd", diffbotId: "Eabc"), idempotencyKey: "k1")
        #expect(
            events.published == [
                .init(
                    id: "provisional-a1-k1", name: "organisation.create.provisional",
                    data: #"{"accountId":"a1","diffbotId":"Eabc","name":"Acme Ltd"}"#)
            ])
    }

    @Test func `the same key of two accounts gives two ids`() async throws {
        let events = RecordingPublisher()
        let create = CreateProvisionalOrganisation(events: events)
        for account in ["a1", "a2"] {
            try await create(.init(accountId: account, name: "Acme"), idempotencyKey: "k")
        }
        #expect(events.published.map(\.id) == ["provisional-a1-k", "provisional-a2-k"])
    }

    @Test func `without a key the event has no id of ours`() async throws {
        let events = RecordingPublisher()
        try await CreateProvisionalOrganisation(events: events)(
            .init(accountId: "a1", name: "Acme"), idempotencyKey: nil)
        #expect(events.published.map(\.id) == [nil])
    }

    @Test(arguments: [
        CreateProvisionalOrganisation.Request(accountId: "a 1", name: "Acme"), .init(accountId: "a1", name: " "),
        .init(accountId: "a1", name: "Acme", diffbotId: "/"),
    ])
    func `a request that breaks a rule sends nothing`(request: CreateProvisionalOrganisation.Request) async throws {
        let events = RecordingPublisher()
        await #expect(throws: DomainError.self) {
            try await CreateProvisionalOrganisation(events: events)(request, idempotencyKey: nil)
        }
        #expect(events.published.isEmpty)
    }

    @Test func `what could not be published is not said to be accepted`() async throws {
        await #expect(throws: RecordingPublisher.Unreachable.self) {
            try await CreateProvisionalOrganisation(events: RecordingPublisher(isReachable: false))(
                .init(accountId: "a1", name: "Acme"), idempotencyKey: nil)
        }
    }
}

/// Keeps what is published instead of sending it.
private final class RecordingPublisher: EventPublisher {
    struct Published: Hashable {
        let id: String?
        let name: String
        let data: String
    }

    struct Unreachable: Error {}

    private let entries = Mutex<[Published]>([])
    private let isReachable: Bool

    init(isReachable: Bool = true) { self.isReachable = isReachable }

    var published: [Published] { entries.withLock { $0 } }

    func publish<E: Event>(_ event: E, id: String?) async throws {
        guard isReachable else { throw Unreachable() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = String(decoding: try encoder.encode(event), as: UTF8.self)
        entries.withLock { $0.append(Published(id: id, name: E.name, data: data)) }
    }
}
