// The first result wins: the function goes on with it, and the other step's result is not waited for.
import Stepwell

// snippet.hide
struct QuoteRequested: Event {
    static let name = "quote.requested"
    var basket: String
}
protocol Supplier: Sendable { func quote(_ basket: String) async throws -> Int }
// snippet.show

func bestQuote(_ first: any Supplier, _ second: any Supplier) -> Function<QuoteRequested, Int> {
    Function("best-quote", on: QuoteRequested.self) { event, step in
        try await step.race {
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await step.run("ask-first") { try await first.quote(event.data.basket) } }
                group.addTask { try await step.run("ask-second") { try await second.quote(event.data.basket) } }
                defer { group.cancelAll() }
                guard let quote = try await group.next() else { throw NonRetriableError("nobody was asked") }
                return quote
            }
        }
    }
}
