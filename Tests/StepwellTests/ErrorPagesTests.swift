import Foundation
import Testing

@testable import Stepwell

@Suite struct ErrorPagesTests {
    @Test(arguments: StepwellError.Code.all.map(\.description))
    func `every numbered error has a page that begins with its number`(code: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "Docs/errors/\(code).md"), encoding: .utf8)
        #expect(page.hasPrefix("# \(code): "))
        #expect(page.contains("**What to do.**"))
    }

    @Test func `no number is used twice`() {
        let codes = StepwellError.Code.all
        #expect(Set(codes).count == codes.count)
    }
}
