import Foundation
import Synchronization

/// The work log as a file, one line of JSON for each entry.
///
/// A line goes to the operating system in one write before `note` returns, so a killed process loses none.
final class FileWorkLog: WorkLog {
    private let file: Mutex<FileHandle>

    /// Adds to the file at `path`, which is made if there is none.
    init(path: String) throws {
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(filePath: path)) }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seekToEnd()
        file = Mutex(handle)
    }

    func note(_ entry: WorkEntry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = try encoder.encode(entry) + Data("\n".utf8)
        try file.withLock { try $0.write(contentsOf: line) }
    }
}
