import CFaultVFS
import CSQLite
import Glibc
import StepwellCore
import StepwellStore
import Testing

@testable import StepwellSQLite

/// The log stays within its bounds, whoever reads.
struct WriteAheadLogTests {
    private static let options = SQLiteOptions(logBytesBeforeCheckpoint: 1 << 16, logBytesMax: 1 << 20)
    /// More than any planted batch writes.
    private static let batchBytesMax: Int64 = 512 << 10

    private static func logBytes(_ directory: TemporaryDirectory) -> Int64 {
        var facts = stat()
        return stat(directory.file() + "-wal", &facts) == 0 ? Int64(facts.st_size) : 0
    }

    @Test func `without readers the log stays small`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file(), options: Self.options)
        let opened = try store.open(partition: 0)
        for number in Int64(1)...100 {
            try store.commit(Planted.batch(number, epoch: opened.epoch))
            #expect(Self.logBytes(directory) <= 1 << 16 + Self.batchBytesMax)
        }
        #expect(try Planted.difference(of: store, after: 100) == nil)
        store.close()
    }

    @Test func `a reader that never ends stops the log at its limit, and batches go through when it does`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file(), options: Self.options)
        let opened = try store.open(partition: 0)
        try store.commit(Planted.batch(1, epoch: opened.epoch))
        let reader = try Connection(path: directory.file(), access: .reading, vfs: nil)
        try reader.execute("BEGIN")
        #expect(try reader.integer("SELECT count(*) FROM events") == 1)

        var last: Int64 = 1
        let error = #expect(throws: StoreError.self) {
            while last < 1_000 {
                try store.commit(Planted.batch(last + 1, epoch: opened.epoch))
                last += 1
            }
        }
        #expect(error?.code == .busy)
        #expect(error?.message.hasPrefix("SW0112: ") == true)
        #expect(Self.logBytes(directory) <= 1 << 20 + Self.batchBytesMax)
        #expect(try reader.integer("SELECT count(*) FROM events") == 1)

        try reader.execute("COMMIT")
        for number in (last + 1)...(last + 30) { try store.commit(Planted.batch(number, epoch: opened.epoch)) }
        #expect(try Planted.difference(of: store, after: last + 30) == nil)
        #expect(Self.logBytes(directory) <= 4 << 16 + Self.batchBytesMax)
        store.close()
    }

    @Test func `a batch is one write to the log, and then a sync`() throws {
        let disk = FaultDisk()
        let store = try SQLiteStore(path: disk.path, options: disk.options())
        let opened = try store.open(partition: 0)
        try store.commit(Planted.batch(1, epoch: opened.epoch))
        // Its first write, the sync, and no third change of any file.
        cfault_disk_fail_at(disk.handle, Int32(CFAULT_CHANGES), 3, SQLITE_IOERR, true)
        try store.commit(Planted.batch(2, epoch: opened.epoch))
        #expect(!cfault_disk_has_failed(disk.handle))
        cfault_disk_fail_at(disk.handle, 0, 0, SQLITE_OK, false)
        #expect(try Planted.difference(of: store, after: 2) == nil)
        store.close()
    }

    @Test func `a batch that is larger than what is gathered is written in pieces`() throws {
        let directory = try TemporaryDirectory()
        let connection = try Connection(path: directory.file(), access: .writing, vfs: nil, gathersLog: true)
        try connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE texts (text)")
        try connection.execute("INSERT INTO texts VALUES (hex(randomblob(400000))), (hex(randomblob(10)))")
        let reader = try Connection(path: directory.file(), access: .reading, vfs: nil)
        #expect(try reader.integer("SELECT sum(length(text)) FROM texts") == 800_020)
        #expect(try reader.integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1)
        #expect(Self.logBytes(directory) > 800_000)
    }

    @Test(arguments: [true, false])
    func `a file layer that there is not is an error, and never the operating system's`(gathersLog: Bool) throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: StoreError.self) {
            try Connection(path: directory.file(), access: .writing, vfs: "nobody", gathersLog: gathersLog)
        }
        #expect(error?.code == .other)
        #expect(error?.message.contains("nobody") == true)
    }
}
