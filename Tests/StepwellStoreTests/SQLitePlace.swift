import Glibc
import StepwellSQLite
import StepwellStore

/// A file in a directory of its own.
final class SQLitePlace: StorePlace {
    private let directory: TemporaryDirectory
    private var store: SQLiteStore?

    private var path: String { directory.path + "/stepwell.db" }

    init() throws { directory = try TemporaryDirectory() }

    func open() throws -> any Store {
        store?.close()
        let opened = try SQLiteStore(path: path, options: SQLiteOptions(reserveBytes: 0))
        store = opened
        return opened
    }

    func reader() throws -> any StoreReader { try SQLiteReader(path: path) }

    func remove() {
        store?.close()
        directory.remove()
    }
}

/// A directory that nobody else uses.
struct TemporaryDirectory {
    let path: String

    init() throws {
        // In memory where there is a gigabyte of it: what survives a loss of power is not this test's question.
        var memory = statvfs()
        let isRoomy = statvfs("/dev/shm", &memory) == 0 && memory.f_bavail * memory.f_frsize >= 1 << 30
        let parent = isRoomy && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/stepwell-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StoreError(.other, "mkdtemp: \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Takes it away with the files in it.
    func remove() {
        if let entries = opendir(path) {
            while let entry = readdir(entries) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { unlink(path + "/" + name) }
            }
            closedir(entries)
        }
        rmdir(path)
    }
}
