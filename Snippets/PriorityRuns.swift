// Among exports that wait for room, those of paying accounts start as if they were ten minutes older.
import Stepwell

// snippet.hide
struct ExportRequested: Event {
    static let name = "export.requested"
    var exportId: String
    var isPaying: Bool
}
protocol Exports: Sendable { func write(_ export: String) async throws }
// snippet.show

func writeExport(_ exports: any Exports) -> Function<ExportRequested, Void> {
    Function(
        "write-export", on: ExportRequested.self,
        options: .init(concurrency: .limit(10), priority: .run("event.data.isPaying ? 600 : 0"))
    ) { event, step in
        try await step.run("write") { try await exports.write(event.data.exportId) }
    }
}
