import Glibc
import StepwellStore

/// Says that this process owns a data file: a lock on the file `<data file>.lock`, which the system takes back when the
/// process ends, however it ends.
///
/// The lock is not on the data file itself, since closing any handle of that file would drop the locks that SQLite holds
/// on it, and readers must still be able to open it. The lock file stays when the owner is gone: deleting it would let two
/// processes lock two files of the same name.
final class FileLock: Sendable {
    private let descriptor: Int32

    init(for dataPath: String) throws(StoreError) {
        let path = dataPath + ".lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .readOnly(path, String(cString: strerror(errno)))
        }
        guard Self.lock(descriptor) else {
            let cause = errno
            let owner = Self.owner(written: descriptor)
            // The descriptor is closed by deinit, which runs also when this throws.
            if cause == EWOULDBLOCK { throw Self.owned(dataPath, by: owner) }
            throw .inputOutput(path, "it cannot be locked (\(String(cString: strerror(cause))))")
        }
        writeOwner()
    }

    deinit { Glibc.close(descriptor) }

    /// Tries for half a second: an owner that is going may not be gone yet, and a process that an owner has just started
    /// holds the lock, too, until it runs a program of its own.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<20 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { return false }
            usleep(25_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    private static func owned(_ path: String, by owner: String?) -> StoreError {
        StoreError(
            .owned,
            "SW0104: another server\(owner.map { " (process \($0))" } ?? "") has \(path) open. Stop it, or name another file with --data."
        )
    }

    private static func owner(written descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        let digits = bytes[..<count].prefix { (0x30...0x39).contains($0) }
        return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
    }

    /// For people and for the message above; nothing depends on it, so a full disk is no reason to stop.
    private func writeOwner() {
        guard ftruncate(descriptor, 0) == 0 else { return }
        let text = Array("\(getpid())\n".utf8)
        _ = pwrite(descriptor, text, text.count, 0)
    }
}
