import Glibc
import StepwellCore
import StepwellStore
import Testing

@testable import StepwellSQLite

/// Files and places that cannot be used: each is named, with what to do.
struct RefusedFileTests {
    private func error(opening path: String) -> StoreError? {
        #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
    }

    /// A closed file with `batches` planted batches.
    private func fill(_ path: String, batches: Int64) throws {
        let store = try SQLiteStore(path: path)
        let opened = try store.open(partition: 0)
        for number in 1...batches { try store.commit(Planted.batch(number, epoch: opened.epoch)) }
        store.close()
    }

    @Test func `a file of text is not a database`() throws {
        let directory = try TemporaryDirectory()
        Bytes.write(Array(String(repeating: "dear diary ", count: 100).utf8), to: directory.file())
        let error = error(opening: directory.file())
        #expect(error?.code == .corrupt)
        #expect(error?.message.hasPrefix("SW0106: \(directory.file()) is not a Stepwell database") == true)
        #expect(Bytes.text(directory.file()).hasPrefix("dear diary"))
    }

    @Test func `a database of another program is left alone`() throws {
        let directory = try TemporaryDirectory()
        Bytes.write([], to: directory.file())
        let other = try Connection(path: directory.file(), access: .writing, vfs: nil)
        try other.execute("CREATE TABLE notes (text)")
        let error = error(opening: directory.file())
        #expect(error?.code == .corrupt)
        #expect(error?.message.hasPrefix("SW0106: ") == true)
        #expect(try other.integer("SELECT count(*) FROM sqlite_schema") == 1)
    }

    @Test func `a file of a newer version is refused and not touched`() throws {
        let directory = try TemporaryDirectory()
        try fill(directory.file(), batches: 1)
        let later = try Connection(path: directory.file(), access: .writing, vfs: nil)
        try later.execute("PRAGMA user_version = \(Migrations.newest + 1)")
        let error = error(opening: directory.file())
        #expect(error?.code == .newerSchema)
        #expect(error?.message.hasPrefix("SW0109: ") == true)
        #expect(try later.integer("PRAGMA user_version") == Migrations.newest + 1)
    }

    @Test(arguments: [0..<16, 16..<24, 18..<20])
    func `a file whose header is damaged is refused`(range: Range<Int>) throws {
        let directory = try TemporaryDirectory()
        try fill(directory.file(), batches: 3)
        var bytes = Bytes.read(directory.file())
        for index in range { bytes[index] ^= 0xA5 }
        Bytes.write(bytes, to: directory.file())
        let error = error(opening: directory.file())
        #expect(error?.code == .corrupt || error?.code == .readOnly)
    }

    /// Every page but the first in turn; which tables it holds, and when they are read, differs.
    @Test func `a file whose pages are damaged says so when they are read`() throws {
        let directory = try TemporaryDirectory()
        try fill(directory.file(), batches: 12)
        let sound = Bytes.read(directory.file())
        var reports = 0
        for page in stride(from: 4_096, to: sound.count, by: 4_096) {
            var bytes = sound
            for index in page..<page + 8 { bytes[index] ^= 0xA5 }
            Bytes.write(bytes, to: directory.file())
            do {
                let store = try SQLiteStore(path: directory.file())
                defer { store.close() }
                let last = try store.open(partition: 0).batchSequence
                if try Planted.difference(of: store, after: last) != nil { reports += 1 }
            } catch let error as StoreError {
                #expect(error.code == .corrupt || error.code == .refused)
                if error.code == .corrupt { #expect(error.message.hasPrefix("SW010")) }
                reports += 1
            }
        }
        #expect(reports > 10)
    }

    @Test func `a file that may not be written is refused with what to do`() throws {
        let directory = try TemporaryDirectory()
        try fill(directory.file(), batches: 1)
        chmod(directory.path, 0o777)
        chmod(directory.file() + ".lock", 0o666)
        chmod(directory.file(), 0o444)
        let report = try StoreHolder(path: directory.file(), withoutRights: true).report
        #expect(report.hasPrefix("SW0103: \(directory.file()) "))
        #expect(report.contains("write permission"))
    }

    @Test func `a directory that may not be written is refused with what to do`() throws {
        let directory = try TemporaryDirectory()
        chmod(directory.path, 0o555)
        let report = try StoreHolder(path: directory.file(), withoutRights: true).report
        #expect(report.hasPrefix("SW0103: "))
        #expect(report.contains("write permission"))
    }

    @Test(arguments: ["/missing/stepwell.db", "/a/b/c/", "/.", ""])
    func `a path that cannot be a file is refused`(suffix: String) throws {
        let directory = try TemporaryDirectory()
        let error = error(opening: directory.path + suffix)
        #expect(error?.message.hasPrefix("SW0111: ") == true)
    }

    @Test(arguments: FileSystem.refused.keys.sorted())
    func `a file system that cannot keep the promises is refused by name`(magic: UInt32) throws {
        let error = #expect(throws: StoreError.self) { try FileSystem.check(directory: "/data", magic: magic) }
        #expect(error?.code == .unsuitableFileSystem)
        #expect(error?.message.contains(FileSystem.refused[magic] ?? "?") == true)
    }

    @Test(arguments: [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x2FC1_2FC1, 0x794C_7630])
    func `local file systems are accepted`(magic: UInt32) throws {
        try FileSystem.check(directory: "/data", magic: magic)
    }
}
