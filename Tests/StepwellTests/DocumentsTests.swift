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
