import Foundation
@testable import Organisations

/// A folder of its own for each test, removed at the end.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "organisations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(at: url.appending(path: name), withIntermediateDirectories: true)
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name))
    }

    func workLog() throws -> [WorkEntry] {
        try String(contentsOf: url.appending(path: "work.log"), encoding: .utf8).split(separator: "\n").map { line in
            try JSONDecoder().decode(WorkEntry.self, from: Data(line.utf8))
        }
    }
}
