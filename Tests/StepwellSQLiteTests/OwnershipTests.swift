import Glibc
import StepwellCore
import StepwellStore
import Testing

@testable import StepwellSQLite

/// One owner for a file, and readers beside it.
struct OwnershipTests {
    @Test func `a second process is refused and told who owns the file`() throws {
        let directory = try TemporaryDirectory()
        let holder = try StoreHolder(path: directory.file())
        #expect(holder.report == "opened")
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: directory.file()) }
        #expect(error?.code == .owned)
        #expect(error?.message.hasPrefix("SW0104: another server (process \(holder.process)) has ") == true)
    }

    @Test func `a file whose owner was killed can be opened at once`() throws {
        let directory = try TemporaryDirectory()
        let holder = try StoreHolder(path: directory.file())
        holder.killHard()
        let store = try SQLiteStore(path: directory.file())
        #expect(try store.open(partition: 0).epoch == 1)
        store.close()
    }

    @Test func `a store of this process owns its file too, until it is closed`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        #expect(throws: StoreError.self) { try SQLiteStore(path: directory.file()) }
        #expect(try StoreHolder(path: directory.file()).report.hasPrefix("SW0104: "))
        store.close()
        #expect(try StoreHolder(path: directory.file()).report == "opened")
    }

    @Test func `another name of the same file has the same owner`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        #expect(symlink(directory.file(), directory.file("other.db")) == 0)
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: directory.file("other.db")) }
        #expect(error?.code == .owned)
        store.close()
    }

    @Test func `nothing may be asked of a store that is closed`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        store.close()
        let error = #expect(throws: StoreError.self) { try store.open(partition: 0) }
        #expect(error?.code == .refused)
    }

    @Test func `the files can be read by their owner alone`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        _ = try store.open(partition: 0)
        let names = TemporaryDirectory.names(in: directory.path)
        #expect(
            names == ["stepwell.db", "stepwell.db-shm", "stepwell.db-wal", "stepwell.db.lock", "stepwell.db.reserve"])
        for name in names {
            var facts = stat()
            #expect(stat(directory.file(name), &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o600, "\(name)")
        }
        store.close()
        #expect(TemporaryDirectory.names(in: directory.path) == ["stepwell.db", "stepwell.db.lock"])
    }

    @Test func `a writer that is not ours delays a batch, which goes through when it ends`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file(), options: SQLiteOptions(busyMilliseconds: 5))
        let opened = try store.open(partition: 0)
        let other = try Connection(path: directory.file(), access: .writing, vfs: nil)
        try other.execute("BEGIN IMMEDIATE")
        let batch = Planted.batch(1, epoch: opened.epoch)
        let error = #expect(throws: StoreError.self) { try store.commit(batch) }
        #expect(error?.code == .busy)
        #expect(error?.isRetriable == true)
        #expect(error?.message.hasPrefix("SW0102: ") == true)
        try other.execute("ROLLBACK")
        try store.commit(batch)
        #expect(try Planted.difference(of: store, after: 1) == nil)
        store.close()
    }
}

extension OwnershipTests {
    @Test func `an owner that goes within a moment is waited for`() throws {
        let directory = try TemporaryDirectory()
        let owner = Unmanaged.passRetained(try FileLock(for: directory.file()))
        var thread = pthread_t()
        // A thread of its own: those of tests may all be waiting, as this one is.
        pthread_create(
            &thread, nil,
            { owner in
                usleep(50_000)
                if let owner { Unmanaged<FileLock>.fromOpaque(owner).release() }
                return nil
            }, owner.toOpaque())
        #expect(throws: Never.self) { _ = try FileLock(for: directory.file()) }
        pthread_join(thread, nil)
    }
}
