import CFaultVFS
import StepwellCore
import StepwellStore
import Testing

@testable import StepwellSQLite

/// The power goes at any write, sync, truncation or deletion; what was not synced survives or not, sector by sector.
struct PowerLossTests {
    /// 100 lives of a disk with 10 cuts each. A life replays alone by its seed.
    private static let cutsPerLife = 10

    @Test(arguments: UInt64(1)...100)
    func `after a cut every acknowledged batch is there, and no part of another`(seed: UInt64) throws {
        let loss = try Life(seed: seed, .full).firstLoss(cuts: Self.cutsPerLife)
        #expect(loss == nil)
    }

    /// The test above could not fail if the disk forgot nothing.
    @Test func `without syncs acknowledged batches are lost`() throws {
        let losses = try (UInt64(1)...20).compactMap { try Life(seed: $0, .off).firstLoss(cuts: Self.cutsPerLife) }
        #expect(!losses.isEmpty)
    }
}

/// A data file on one disk, through many cuts.
private final class Life {
    private let disk = FaultDisk()
    private let options: SQLiteOptions
    private var numbers: SeededNumbers
    private var acknowledged: Int64 = 0
    private var newestEpoch: Int64 = 0

    init(seed: UInt64, _ durability: SQLiteOptions.Durability) {
        numbers = SeededNumbers(seed: seed)
        options = disk.options(durability)
    }

    /// What was lost or wrong after the first cut that did harm; nil when none did.
    func firstLoss(cuts: Int) throws -> String? {
        for cut in 1...cuts {
            cfault_disk_cut_at(disk.handle, numbers.next(in: 1...400))
            workUntilOff()
            cfault_disk_restore_power(disk.handle, numbers.next())
            do {
                if let loss = try inspect() { return "cut \(cut): \(loss)" }
            } catch let error as StoreError {
                return "cut \(cut): \(error)"
            }
        }
        return nil
    }

    /// Commits batches until the power is gone; sometimes the store is closed and opened in between.
    private func workUntilOff() {
        while !cfault_disk_is_off(disk.handle) {
            do throws(StoreError) {
                let store = try SQLiteStore(path: disk.path, options: options)
                defer { store.close() }
                try work(on: store, batches: numbers.next(in: 1...40))
            } catch {
                // The cut shows as an error of the disk, whoever meets it first.
                #expect(cfault_disk_is_off(disk.handle), "\(error)")
                return
            }
        }
    }

    private func work(on store: SQLiteStore, batches: UInt64) throws(StoreError) {
        let opened = try store.open(partition: 0)
        newestEpoch = opened.epoch
        for number in (opened.batchSequence + 1)...(opened.batchSequence + Int64(batches)) {
            try store.commit(Planted.batch(number, epoch: opened.epoch))
            acknowledged = number
        }
    }

    /// Compares the file with what was acknowledged; nil when all is well.
    private func inspect() throws -> String? {
        let store = try SQLiteStore(path: disk.path, options: options)
        defer { store.close() }
        let opened = try store.open(partition: 0)
        guard opened.epoch > newestEpoch else { return "epoch \(opened.epoch) after \(newestEpoch)" }
        newestEpoch = opened.epoch
        let last = opened.batchSequence
        guard last == acknowledged || last == acknowledged + 1 else { return "batch \(last) of \(acknowledged)" }
        acknowledged = last
        if let difference = try Planted.difference(of: store, after: last) { return difference }
        return try Integrity.problem(path: disk.path, vfs: disk.name)
    }
}
