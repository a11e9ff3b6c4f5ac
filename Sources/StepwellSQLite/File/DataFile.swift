import Glibc
import StepwellStore

/// The file on disk, before the library opens it: its place is checked, its owner noted, and it exists.
struct DataFile {
    /// Without symbolic links, so that two names of one file share one lock.
    let path: String
    let lock: FileLock

    /// Readable and writable by its owner alone; SQLite gives the files beside it the same permissions.
    private static let permissions: mode_t = 0o600

    init(path given: String) throws(StoreError) {
        let directory = try Self.directory(of: given)
        try FileSystem.check(directory: directory)
        path = try Self.resolve(given, in: directory)
        let exists = try Self.isThere(path)
        lock = try FileLock(for: path)
        if !exists { try Self.create(path, in: directory) }
    }

    private static func directory(of path: String) throws(StoreError) -> String {
        let named = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        guard let resolved = real(String(named)) else {
            throw StoreError(
                .readOnly,
                "SW0111: the directory of \(path) cannot be opened: \(String(cString: strerror(errno))). Make it, or name another file with --data."
            )
        }
        return resolved
    }

    private static func resolve(_ path: String, in directory: String) throws(StoreError) -> String {
        if let resolved = real(path) { return resolved }
        guard let name = path.split(separator: "/").last, errno == ENOENT, !path.hasSuffix("/") else {
            throw StoreError(.readOnly, "SW0111: \(path) cannot be a file's name. Name another file with --data.")
        }
        return (directory == "/" ? "" : directory) + "/" + name
    }

    private static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether the file exists; what is no file is refused before anything is made beside it.
    private static func isThere(_ path: String) throws(StoreError) -> Bool {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return false }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(.readOnly, "SW0111: \(path) is not a file. Name another file with --data.")
        }
        return true
    }

    /// Makes the file, and its entry in the directory durable, which SQLite leaves to others.
    private static func create(_ path: String, in directory: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, permissions)
        guard descriptor >= 0 else { throw .readOnly(path, String(cString: strerror(errno))) }
        close(descriptor)
        let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw .readOnly(directory, String(cString: strerror(errno))) }
        defer { close(parent) }
        guard fsync(parent) == 0 else { throw .inputOutput(directory, String(cString: strerror(errno))) }
    }
}
