// What is to happen after a run, whatever its end: a function of its own begins when this one has ended.
import Stepwell

// snippet.hide
struct ImportStarted: Event {
    static let name = "import.started"
    var file: String
}
func load(_ file: String) async throws {}
func remove(_ file: String) async throws {}
// snippet.show

struct Leftover: Codable, Sendable {
    var file: String
}

let cleanUp = Function("clean-up", input: Leftover.self, triggers: [.deferred]) { event, step in
    try await step.run("remove") { try await remove(event.data.file) }
}

let importFile = Function("import-file", on: ImportStarted.self) { event, step in
    try step.defer("clean-up", cleanUp, with: Leftover(file: event.data.file))
    try await step.run("load") { try await load(event.data.file) }
}
