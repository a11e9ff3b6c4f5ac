import CFaultVFS
import CSQLite
import StepwellCore
import StepwellStore
import Testing

@testable import StepwellSQLite

/// A disk that fails at one operation, whichever: the store says so, and nothing acknowledged is lost.
struct DiskFaultTests {
    /// Opens the file and commits batches, the last of them under way when the disk fails.
    private struct Work {
        let disk = FaultDisk()
        var acknowledged: Int64 = 0
        static let batches: Int64 = 4

        /// What stopped the work; nil when nothing did. A retriable failure is tried again once, unchanged.
        mutating func run() -> StoreError? {
            do throws(StoreError) {
                let store = try SQLiteStore(path: disk.path, options: disk.options())
                defer { store.close() }
                let opened = try store.open(partition: 0)
                for number in 1...Self.batches {
                    try commit(Planted.batch(number, epoch: opened.epoch), to: store)
                    acknowledged = number
                }
                return nil
            } catch {
                return error
            }
        }

        private func commit(_ batch: Batch, to store: SQLiteStore) throws(StoreError) {
            do throws(StoreError) {
                try store.commit(batch)
            } catch {
                if error.isRetriable { return try store.commit(batch) }
                // A sound disk comes too late: what the failed write left behind is not known.
                let again = #expect(throws: StoreError.self) { try store.commit(batch) }
                #expect(again == error)
                throw error
            }
        }

        /// What a new process finds wrong; nil when everything acknowledged is there.
        func difference() throws -> String? {
            cfault_disk_fail_at(disk.handle, 0, 0, SQLITE_OK, false)
            let store = try SQLiteStore(path: disk.path, options: disk.options())
            defer { store.close() }
            let last = try store.open(partition: 0).batchSequence
            guard last == acknowledged || last == acknowledged + 1 else { return "batch \(last) of \(acknowledged)" }
            return try Planted.difference(of: store, after: last) ?? Integrity.problem(path: disk.path, vfs: disk.name)
        }
    }

    /// Fails the first, second, third … operation until there is none left to fail; returns how many there were.
    private func failEach(
        _ kinds: Int, code: Int32, persistently: Bool, check: (StoreError?, Int64) -> Void
    ) throws -> Int {
        for nth in UInt64(1)... {
            var work = Work()
            cfault_disk_fail_at(work.disk.handle, Int32(kinds), nth, code, persistently)
            let error = work.run()
            guard cfault_disk_has_failed(work.disk.handle) else { return Int(nth) - 1 }
            check(error, work.acknowledged)
            #expect(try work.difference() == nil, "operation \(nth)")
        }
        return 0
    }

    @Test(arguments: [CFAULT_WRITE, CFAULT_SYNC, CFAULT_READ, CFAULT_TRUNCATE])
    func `an error of the disk at any operation ends the work, and a restart goes on`(kind: Int) throws {
        let failures = try failEach(kind, code: SQLITE_IOERR, persistently: false) { error, acknowledged in
            // Closing has nothing to lose any more; all before it must be reported.
            if let error {
                #expect(error.code == .inputOutput)
                #expect(error.message.hasPrefix("SW0108: "))
            } else {
                #expect(acknowledged == Work.batches)
            }
        }
        #expect(failures > 0)
    }

    @Test func `a disk that is full for a moment delays a batch and no more`() throws {
        let failures = try failEach(CFAULT_WRITE, code: SQLITE_FULL, persistently: false) { error, acknowledged in
            guard let error else { return #expect(acknowledged == Work.batches) }
            // Before the first batch there is nothing to retry: opening is tried again by whoever starts the process.
            #expect(acknowledged == 0)
            #expect(error.code == .full)
            #expect(error.message.hasPrefix("SW0101: "))
        }
        #expect(failures > 50)
    }

    @Test func `a disk that stays full refuses batches, retriably, and loses none`() throws {
        _ = try failEach(CFAULT_WRITE, code: SQLITE_FULL, persistently: true) { error, acknowledged in
            #expect(error?.code == .full || error == nil && acknowledged == Work.batches)
            #expect(error?.isRetriable ?? true)
        }
    }

    @Test func `when space is free again the same batches go through`() throws {
        let disk = FaultDisk()
        let store = try SQLiteStore(path: disk.path, options: disk.options())
        let opened = try store.open(partition: 0)
        cfault_disk_set_capacity(disk.handle, cfault_disk_bytes(disk.handle) + 150_000)
        var refusals = 0
        for number in Int64(1)...60 {
            let batch = Planted.batch(number, epoch: opened.epoch)
            do {
                try store.commit(batch)
            } catch {
                #expect(error.code == .full)
                refusals += 1
                #expect(throws: StoreError.self) { try store.commit(batch) }
                #expect(try Planted.difference(of: store, after: number - 1) == nil)
                cfault_disk_set_capacity(disk.handle, cfault_disk_bytes(disk.handle) + 400_000)
                try store.commit(batch)
            }
        }
        #expect(refusals >= 2)
        #expect(try Planted.difference(of: store, after: 60) == nil)
        store.close()
    }
}
