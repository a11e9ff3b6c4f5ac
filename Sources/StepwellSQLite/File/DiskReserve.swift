import Glibc
import StepwellStore

/// Space that is set aside on the disk, so that work that is under way can end when the disk is full: a file beside the
/// data file, `<data file>.reserve`, deleted in need and made again when there is room.
///
/// While it is used up the store takes every batch that fits, and says by ``shortage`` that nothing new should be accepted.
final class DiskReserve {
    private let path: String
    private let bytes: Int
    private let freeBytes: (String) -> Int
    private let seconds: () -> Int64
    private(set) var isSetAside = false
    /// Whether there is room again is looked at no more than once a second.
    private var looksAgainAt: Int64 = .min

    /// - Parameters:
    ///   - freeBytes: How much room the file system of a path has.
    ///   - seconds: A clock that never goes back.
    init(
        path: String, bytes: Int, freeBytes: @escaping (String) -> Int = DiskReserve.freeBytes,
        seconds: @escaping () -> Int64 = DiskReserve.monotonicSeconds
    ) {
        self.path = path
        self.bytes = bytes
        self.freeBytes = freeBytes
        self.seconds = seconds
        // What an earlier process left behind may be a part of it only.
        unlink(path)
        setAside()
    }

    /// Why nothing new should be accepted; nil when the reserve is whole.
    var shortage: StoreError? {
        guard !isSetAside else { return nil }
        let now = seconds()
        if now >= looksAgainAt {
            looksAgainAt = now + 1
            // Twice the reserve: the space that comes free must not all go into it.
            if freeBytes(directory) >= 2 * bytes { setAside() }
        }
        return isSetAside
            ? nil : .full(path, "the reserve of \(bytes >> 20) MiB is in use so that running work can end")
    }

    /// Gives the space to the data file; false when it has been given already.
    func release() -> Bool {
        guard isSetAside else { return false }
        isSetAside = false
        return unlink(path) == 0
    }

    private func setAside() {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        isSetAside = posix_fallocate(descriptor, 0, bytes) == 0
        // A part of a reserve would take space and help nobody.
        if !isSetAside { unlink(path) }
    }

    private var directory: String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "." }

    private static func freeBytes(_ path: String) -> Int {
        var facts = statvfs()
        return statvfs(path, &facts) == 0 ? Int(facts.f_bavail) * Int(facts.f_frsize) : 0
    }

    private static func monotonicSeconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }
}
