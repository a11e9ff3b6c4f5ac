import Glibc
import Testing

@testable import StepwellCLI

struct OperatorTokenTests {
    @Test func `the first start makes a token for its owner alone, and later ones find it`() throws {
        let place = try TemporaryDirectory()
        let token = try OperatorToken.obtain(besideData: "\(place.path)/d.db")
        #expect(token.count == 64)
        var facts = stat()
        #expect(stat("\(place.path)/d.db.token", &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o600)
        #expect(try OperatorToken.obtain(besideData: "\(place.path)/d.db") == token)
        #expect(try OperatorToken.obtain(besideData: "\(place.path)/e.db") != token)
    }

    @Test func `a token that others can read is refused, with what to do`() throws {
        let place = try TemporaryDirectory()
        let path = try place.write("0123456789abcdef\n", to: "d.db.token")
        #expect(try OperatorToken.read(path) == "0123456789abcdef")
        chmod(path, 0o640)
        let error = #expect(throws: CommandFailure.self) { try OperatorToken.read(path) }
        #expect(error?.message.hasSuffix("Make it private: chmod 600 \(path)") == true)
    }

    @Test(arguments: ["", "\n", "short\n"])
    func `a file without a token is refused`(text: String) throws {
        let place = try TemporaryDirectory()
        let path = try place.write(text, to: "d.db.token")
        let error = #expect(throws: CommandFailure.self) { try OperatorToken.read(path) }
        #expect(error?.message.contains("holds no token") == true)
    }

    @Test func `a temporary data directory is removed with its files`() throws {
        let place = try TemporaryDirectory()
        let data = try TemporaryData(environment: ["TMPDIR": place.path])
        #expect(data.path.hasPrefix("\(place.path)/stepwell-dev-"))
        try TextFile.create(data.path, holding: "x")
        try TextFile.create("\(data.path)-wal", holding: "x")
        data.remove()
        #expect(access(data.directory, F_OK) != 0)
        let error = #expect(throws: CommandFailure.self) { try TemporaryData(environment: ["TMPDIR": "/nowhere"]) }
        #expect(error?.message.hasPrefix("SW0524: no temporary directory can be made in /nowhere") == true)
    }
}
