// One index of a document for all the edits that come in quick succession, with the last of them.
import Stepwell

// snippet.hide
struct DocumentEdited: Event {
    static let name = "document.edited"
    var documentId: String
}
protocol SearchIndex: Sendable { func update(_ document: String) async throws }
// snippet.show

func updateIndex(_ index: any SearchIndex) -> Function<DocumentEdited, Void> {
    Function(
        "update-index", on: DocumentEdited.self,
        options: .init(debounce: .period(.seconds(30), timeout: .seconds(600), key: "event.data.documentId"))
    ) { event, step in
        try await step.run("update") { try await index.update(event.data.documentId) }
    }
}
