// One synchronisation of an account at a time: while one is under way, further requests start none.
import Stepwell

// snippet.hide
struct SyncRequested: Event {
    static let name = "sync.requested"
    var accountId: String
}
protocol Mirror: Sendable {
    func pull(_ account: String) async throws
    func push(_ account: String) async throws
}
// snippet.show

func synchronise(_ mirror: any Mirror) -> Function<SyncRequested, Void> {
    Function(
        "synchronise", on: SyncRequested.self, options: .init(singleton: .skip(key: "event.data.accountId"))
    ) { event, step in
        try await step.run("pull") { try await mirror.pull(event.data.accountId) }
        try await step.run("push") { try await mirror.push(event.data.accountId) }
    }
}
