// A step tells figures of itself and of its run, for people to see.
import Stepwell

// snippet.hide
struct ImportRequested: Event {
    static let name = "import.requested"
    var file: String
}
protocol Importer: Sendable {
    func load(_ file: String) async throws -> (read: Int, skipped: Int)
}
// snippet.show

func importRows(importer: any Importer) -> Function<ImportRequested, Int> {
    Function("import-rows", on: ImportRequested.self) { event, step in
        try await step.run("load") {
            let (read, skipped) = try await importer.load(event.data.file)
            try step.addMetadata("rows", ["read": read, "skipped": skipped])
            try step.addMetadata("source", ["file": event.data.file], to: .run)
            return read
        }
    }
}
