import CSQLite
import Glibc
import StepwellStore

/// File systems that break what SQLite relies on: locks and shared memory between processes, and a sync that reaches the
/// disk.
///
/// Source of the numbers: `linux/magic.h` and the file systems' own sources. FUSE is among them because nothing is known
/// of what stands behind it; the shared directories of virtual machines are FUSE or 9p.
enum FileSystem {
    static let refused: [UInt32: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x0102_1997: "9p", 0x6573_5546: "FUSE",
        0x5346_414F: "AFS", 0x6B41_4653: "AFS", 0x7375_7245: "Coda", 0x564C: "NCP", 0x00C3_6400: "Ceph",
        0x0BD0_0BD0: "Lustre", 0x4750_4653: "GPFS", 0x1983_0326: "BeeGFS", 0x786F_4256: "VirtualBox shared folder",
        0xBACB_ACBC: "VMware shared folder",
    ]

    /// Refuses the directory when its file system is one of those.
    static func check(directory: String) throws(StoreError) {
        var magic: UInt32 = 0
        let systemError = csqlite_file_system_magic(directory, &magic)
        guard systemError == 0 else {
            throw .inputOutput(directory, String(cString: strerror(systemError)))
        }
        try check(directory: directory, magic: magic)
    }

    static func check(directory: String, magic: UInt32) throws(StoreError) {
        guard let name = refused[magic] else { return }
        throw StoreError(
            .unsuitableFileSystem,
            "SW0110: \(directory) is on a file system (\(name)) that does not keep what is written safe from a crash or from a second "
                + "server. Name a file on a local disk with --data.")
    }
}
