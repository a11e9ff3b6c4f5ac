import Foundation
import Testing

@testable import Stepwell

@Suite struct DocumentsTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: StepwellError.Code.all.map(\.description))
    func `every numbered error has a page that begins with its number`(code: String) throws {
        let page = try String(contentsOf: root.appending(path: "Docs/errors/\(code).md"), encoding: .utf8)
        #expect(page.hasPrefix("# \(code): "))
        #expect(page.contains("**What to do.**"))
    }

    @Test func `every sample in the reference documentation is compiled`() throws {
        let snippets = try sources(in: "Snippets").map { "\n" + Self.trimmed($0).joined(separator: "\n") + "\n" }
        var count = 0
        for source in try sources(in: "Sources/Stepwell") {
            for sample in Self.samples(in: source) {
                count += 1
                let isCompiled = snippets.contains { $0.contains("\n\(sample)\n") }
                #expect(isCompiled, "no file in Snippets has the lines: \(sample)")
            }
        }
        #expect(count >= 9)
    }

    private func sources(in directory: String) throws -> [String] {
        let files = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: directory).path())
        return try files.filter { $0.hasSuffix(".swift") }.map {
            try String(contentsOf: root.appending(path: "\(directory)/\($0)"), encoding: .utf8)
        }
    }

    /// The code blocks in comments for the documentation, without indentation.
    private static func samples(in source: String) -> [String] {
        let comments = trimmed(source).map { $0.hasPrefix("///") ? $0.dropFirst(3) : "" }
        let parts = trimmed(comments.joined(separator: "\n")).split(separator: "```swift").dropFirst()
        return parts.map { $0.prefix { $0 != "```" }.joined(separator: "\n") }
    }

    private static func trimmed(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test func `no number is used twice`() {
        let codes = StepwellError.Code.all
        #expect(Set(codes).count == codes.count)
    }

    @Test func `the first function is a whole program of at most 25 lines`() throws {
        let program = try String(contentsOf: root.appending(path: "Snippets/FirstFunction.swift"), encoding: .utf8)
        #expect(program.split(separator: "\n", omittingEmptySubsequences: false).count <= 26)
        #expect(program.contains("serve(port:"))
    }
}
