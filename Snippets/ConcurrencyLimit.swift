// At most 100 steps of the function at a time, and at most 5 for one account.
import Stepwell

// snippet.hide
struct DocumentUploaded: Event {
    static let name = "document.uploaded"
    var accountId: String
    var documentId: String
}
protocol Indexer: Sendable { func index(_ document: String) async throws }
// snippet.show

func indexDocument(_ indexer: any Indexer) -> Function<DocumentUploaded, Void> {
    Function(
        "index-document", on: DocumentUploaded.self,
        options: .init(concurrency: [.limit(100), .limit(5, key: "event.data.accountId")])
    ) { event, step in
        try await step.run("index") { try await indexer.index(event.data.documentId) }
    }
}
