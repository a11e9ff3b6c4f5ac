import Glibc
import StepwellStore

/// A directory that nobody else uses; gone, with the files in it, when this is.
final class TemporaryDirectory {
    let path: String

    init() throws {
        // In memory where there is a gigabyte of it: what survives a loss of power is not this test's question.
        var memory = statvfs()
        let isRoomy = statvfs("/dev/shm", &memory) == 0 && memory.f_bavail * memory.f_frsize >= 1 << 30
        let parent = isRoomy && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/stepwell-sqlite-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StoreError(.other, "mkdtemp: \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        chmod(path, 0o700)
        for name in Self.names(in: path) { unlink(path + "/" + name) }
        rmdir(path)
    }

    func file(_ name: String = "stepwell.db") -> String { path + "/" + name }

    static func names(in directory: String) -> [String] {
        guard let entries = opendir(directory) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// Whole files, for tests that look at bytes.
enum Bytes {
    static func read(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count > 0 else { return bytes }
            bytes += part[..<count]
        }
    }

    static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            done += count
        }
    }

    static func text(_ path: String) -> String { String(decoding: read(path), as: UTF8.self) }
}
