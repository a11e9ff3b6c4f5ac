// At most one summary in an hour for each account: what comes sooner is kept as an event and starts nothing.
import Stepwell

// snippet.hide
struct AccountChanged: Event {
    static let name = "account.changed"
    var accountId: String
}
protocol Summaries: Sendable { func write(for account: String) async throws }
// snippet.show

func summarise(_ summaries: any Summaries) -> Function<AccountChanged, Void> {
    Function(
        "summarise", on: AccountChanged.self,
        options: .init(rateLimit: .limit(1, per: .seconds(3_600), key: "event.data.accountId"))
    ) { event, step in
        try await step.run("write") { try await summaries.write(for: event.data.accountId) }
    }
}
