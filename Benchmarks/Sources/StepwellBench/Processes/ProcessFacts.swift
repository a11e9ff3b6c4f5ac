import Glibc

/// What the kernel says of a process, all of its threads together.
struct ProcessFacts {
    let id: pid_t

    /// utime + stime of all threads, those that ended included.
    func cpuSeconds() throws -> Double {
        // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field behind it.
        let text = try Self.read("/proc/\(id)/stat")
        let fields = (text.split(separator: ")").last ?? "").split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw BenchFailure("/proc/\(id)/stat is not as expected: \(text)")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    func residentMegabytes() throws -> Double {
        try Double(number("VmRSS", in: "/proc/\(id)/status")) * 1_024 / 1_000_000
    }

    func voluntarySwitches() throws -> Int {
        let folder = "/proc/\(id)/task"
        guard let directory = opendir(folder) else { throw BenchFailure("\(folder) cannot be read") }
        defer { closedir(directory) }
        var sum = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard Int(name) != nil else { continue }
            sum += try number("voluntary_ctxt_switches", in: "\(folder)/\(name)/status")
        }
        return sum
    }

    /// Bytes that it has read through files and sockets.
    func bytesRead() throws -> Int { try number("rchar", in: "/proc/\(id)/io") }

    private func number(_ name: String, in path: String) throws -> Int {
        for line in try Self.read(path).split(separator: "\n") where line.hasPrefix("\(name):") {
            let digits = line.drop { !$0.isNumber }.prefix { $0.isNumber }
            if let number = Int(digits) { return number }
        }
        throw BenchFailure("there is no \(name) in \(path)")
    }

    /// The last lines of a log, since the log goes with its row.
    static func tail(of path: String) -> String {
        do {
            return String(try read(path).suffix(500))
        } catch {
            return "\(error)"
        }
    }

    static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw BenchFailure("\(path) cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&part, 1, part.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += part[..<count]
        }
    }
}
