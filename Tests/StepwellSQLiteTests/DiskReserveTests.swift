import CFaultVFS
import CSQLite
import Glibc
import StepwellCore
import StepwellStore
import Synchronization
import Testing

@testable import StepwellSQLite

/// Space that is set aside lets work that is under way end when the disk is full.
struct DiskReserveTests {
    private static let bytes = 1 << 20

    private static func blocks(_ path: String) -> Int? {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_blocks) * 512 : nil
    }

    @Test func `a store sets space aside beside its file, and keeps it for its life`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file(), options: SQLiteOptions(reserveBytes: Self.bytes))
        let reserve = directory.file() + ".reserve"
        #expect(Self.blocks(reserve) ?? 0 >= Self.bytes)
        #expect(store.shortage == nil)
        store.close()
        #expect(Self.blocks(reserve) == nil)
    }

    @Test func `a reserve of no bytes is none`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file(), options: SQLiteOptions(reserveBytes: 0))
        #expect(Self.blocks(directory.file() + ".reserve") == nil)
        #expect(store.shortage == nil)
        store.close()
    }

    @Test func `a reserve is given once, and made again when there is twice the room`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("reserve")
        let free = Mutex(0)
        let seconds = Mutex(Int64(0))
        let reserve = DiskReserve(
            path: path, bytes: Self.bytes, freeBytes: { _ in free.withLock { $0 } },
            seconds: { seconds.withLock { $0 } })
        #expect(reserve.shortage == nil)
        let isGiven = reserve.release()
        let isGivenTwice = reserve.release()
        #expect(isGiven && !isGivenTwice)
        #expect(Self.blocks(path) == nil)
        #expect(reserve.shortage?.code == .full)

        free.withLock { $0 = 2 * Self.bytes }
        #expect(reserve.shortage != nil, "looked at again within the same second")
        seconds.withLock { $0 += 1 }
        free.withLock { $0 = 2 * Self.bytes - 1 }
        #expect(reserve.shortage != nil)
        seconds.withLock { $0 += 1 }
        free.withLock { $0 = 2 * Self.bytes }
        #expect(reserve.shortage == nil)
        #expect(Self.blocks(path) ?? 0 >= Self.bytes)
    }

    @Test func `a batch that finds the disk full goes through on the reserve, and the store says so`() throws {
        let directory = try TemporaryDirectory()
        let disk = FaultDisk()
        let reserve = DiskReserve(path: directory.file("reserve"), bytes: Self.bytes, freeBytes: { _ in 0 })
        let store = try SQLiteStore(path: disk.path, options: disk.options(), reserve: reserve)
        let opened = try store.open(partition: 0)
        try store.commit(Planted.batch(1, epoch: opened.epoch))
        #expect(store.shortage == nil)
        cfault_disk_fail_at(disk.handle, Int32(CFAULT_WRITE), 1, SQLITE_FULL, false)
        try store.commit(Planted.batch(2, epoch: opened.epoch))
        #expect(cfault_disk_has_failed(disk.handle))
        #expect(store.shortage?.message.hasPrefix("SW0101: ") == true)
        #expect(Self.blocks(directory.file("reserve")) == nil)

        cfault_disk_fail_at(disk.handle, Int32(CFAULT_WRITE), 1, SQLITE_FULL, true)
        let error = #expect(throws: StoreError.self) { try store.commit(Planted.batch(3, epoch: opened.epoch)) }
        #expect(error?.code == .full)
        cfault_disk_fail_at(disk.handle, 0, 0, SQLITE_OK, false)
        try store.commit(Planted.batch(3, epoch: opened.epoch))
        #expect(try Planted.difference(of: store, after: 3) == nil)
        store.close()
    }
}
