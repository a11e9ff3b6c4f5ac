import Foundation
import StepwellCore
import Testing

@testable import StepwellEngine

@Suite(.timeLimit(.minutes(1))) struct QuarantineTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("note-\(UUID().uuidString)").path

    /// What a real process says that works on a poisoned run; nil when the run killed it. See Tests/Support/PoisonedEngine.
    private func start() throws -> String? {
        let process = Process()
        process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent()
            .appendingPathComponent("PoisonedEngine")
        process.arguments = [path]
        process.environment = ["SWIFT_BACKTRACE": "enable=no"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationReason == .exit else { return nil }
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func `a run that kills the process three times in a row is ended, and the others go on`() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 1...3 { #expect(try start() == nil) }
        #expect(try start() == "called [2], run 1 StepwellQuarantined")
    }

    @Test func `a run that was in hand at one death is tried again`() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try RunNote(path: path).set(RunKey(7))
        #expect(try RunNote(path: path).poison == nil)
        try RunNote(path: path).set(RunKey(7))
        try RunNote(path: path).set(RunKey(8))
        try RunNote(path: path).set(RunKey(7))
        #expect(try RunNote(path: path).poison == nil)
    }
}
