import Glibc

/// Why a file could not be read or written, as the system says it.
struct FileError: Error, Sendable {
    let reason: String

    init(reason: String) { self.reason = reason }

    /// The system's last error.
    static func last() -> FileError { FileError(reason: String(cString: strerror(errno))) }
}

/// Whole small files.
enum TextFile {
    static func read(_ path: String, bytesMax: Int) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last() }
        defer { close(descriptor) }
        return try read(descriptor, bytesMax: bytesMax)
    }

    /// Everything up to the end of an open file or pipe.
    static func read(_ descriptor: Int32, bytesMax: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw .last()
            }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMax else { throw FileError(reason: "it is larger than \(bytesMax) bytes") }
        }
    }

    /// Makes a new file that only its owner may read; fails when there is one.
    static func create(_ path: String, holding text: String) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last() }
        defer { close(descriptor) }
        // The mask of the process may have taken bits away, and only that: 0600 is the most that can be there.
        guard write(Array(text.utf8), to: descriptor), fsync(descriptor) == 0 else {
            let error = FileError.last()
            unlink(path)
            throw error
        }
    }

    /// Writes all of it, waiting where the peer is slow; false when the peer has gone or the disk is full.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
