import Glibc
import Testing

@testable import StepwellServer

struct ErrorPageTests {
    @Test(arguments: ErrorCode.allCases) func `every numbered error has a page`(code: ErrorCode) {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        #expect(access("/\(root)/Docs/errors/\(code.rawValue).md", R_OK) == 0)
    }
}
