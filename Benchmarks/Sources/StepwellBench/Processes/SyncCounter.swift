import Glibc

/// How often the server has asked the kernel for durability: fsync, fdatasync and their like, counted in its process by a
/// preloaded library.
///
/// `@unchecked Sendable`: the page is mapped for the object's life, and one word of it is read.
final class SyncCounter: @unchecked Sendable {
    let environment: [String: String]
    private let word: UnsafeMutableRawPointer

    init(library: String, folder: String) throws {
        let path = "\(folder)/syncs"
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0, ftruncate(file, 8) == 0,
            let word = mmap(nil, 8, PROT_READ, MAP_SHARED, file, 0), word != MAP_FAILED
        else { throw BenchFailure("\(path) cannot be mapped: \(String(cString: strerror(errno)))") }
        close(file)
        self.word = word
        environment = ["LD_PRELOAD": library, "STEPWELL_BENCH_SYNCS": path]
    }

    deinit { munmap(word, 8) }

    var count: Int { Int(word.load(as: UInt64.self)) }
}
