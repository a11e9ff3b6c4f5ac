import CFaultVFS
import StepwellSQLite

/// A disk in memory whose faults the test decides; see CFaultVFS.h.
final class FaultDisk {
    let handle = cfault_disk_create()
    let path = "/stepwell.db"

    var name: String { String(cString: cfault_disk_name(handle)) }

    deinit { cfault_disk_destroy(handle) }

    /// A small log, so that checkpoints happen all the time.
    func options(_ durability: SQLiteOptions.Durability = .full) -> SQLiteOptions {
        SQLiteOptions(durability: durability, vfs: name, logBytesBeforeCheckpoint: 1 << 17)
    }
}

/// The same numbers for the same seed, on every machine (splitmix64).
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func next(in range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + next() % (range.upperBound - range.lowerBound + 1)
    }
}
