import Glibc

/// What one sync costs on this disk: every durable answer waits for at least one. No target; it explains the others.
enum DiskRow {
    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let folder = try settings.makeFolder("disk")
        defer { settings.removeFolder(folder) }
        let file = open("\(folder)/probe", O_WRONLY | O_CREAT, 0o600)
        guard file >= 0 else { throw BenchFailure("no file can be made in \(folder)") }
        defer { close(file) }
        let page = [UInt8](repeating: 7, count: 8_192)
        var milliseconds: [Double] = []
        for _ in 0..<200 {
            guard write(file, page, page.count) == page.count else { throw BenchFailure("\(folder) cannot be written") }
            let begin = ContinuousClock.now
            guard fdatasync(file) == 0 else { throw BenchFailure("\(folder) cannot be synced") }
            milliseconds.append(begin.duration(to: .now).seconds * 1_000)
        }
        return [
            Figure("disk.sync.p50", milliseconds.median, "ms"),
            Figure("disk.sync.p99", milliseconds.percentile(0.99), "ms"),
        ]
    }
}
