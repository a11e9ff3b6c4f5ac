import Glibc

/// What the kernel says of a process, all of its threads together.
struct ProcessFacts {
    let id: pid_t

    /// What all threads have used, those that ended included: to the nanosecond, also while they run.
    func cpuSeconds() throws -> Double {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(id, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            throw BenchFailure("process \(id) has no CPU clock: it has ended")
        }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    func residentMegabytes() throws -> Double { try megabytes("VmRSS") }

    /// The most that was ever resident.
    func residentMegabytesMax() throws -> Double { try megabytes("VmHWM") }

    private func megabytes(_ name: String) throws -> Double {
        try Double(number(name, in: "/proc/\(id)/status")) * 1_024 / 1_000_000
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
