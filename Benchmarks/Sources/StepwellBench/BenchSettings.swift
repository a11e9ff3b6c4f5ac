import Glibc

/// How the rows are measured, from the command line.
struct BenchSettings: Sendable {
    /// The binaries that the rows start.
    var server = ""
    var tool = ""
    var syncLibrary = ""
    /// Where data files and logs go; on the disk whose syncs are to be measured.
    var folder = ".build/bench"
    var output = ".build/bench.json"
    var rows: [String] = []
    /// Length of a window of load.
    var seconds: Double = 2
    /// Windows for each figure, of which the median counts.
    var rounds = 3
    var idleSeconds: Double = 60
    /// How many runs the rows of a million have; other rows have so many times fewer.
    var million = 1_000_000

    init(arguments: [String]) throws {
        var left = arguments[...]
        while let name = left.popFirst() {
            guard name.hasPrefix("--") else {
                rows.append(name)
                continue
            }
            guard let value = left.popFirst() else { throw BenchFailure("\(name) needs a value") }
            try set(name, value)
        }
        for row in rows where Row.all.allSatisfy({ $0.name != row }) {
            throw BenchFailure("there is no row \(row); there are: \(Row.all.map(\.name).joined(separator: ", "))")
        }
    }

    private mutating func set(_ name: String, _ value: String) throws {
        switch name {
        case "--server": server = value
        case "--tool": tool = value
        case "--sync-library": syncLibrary = value
        case "--folder": folder = value
        case "--output": output = value
        case "--seconds": seconds = try number(name, value)
        case "--rounds": rounds = Int(try number(name, value))
        case "--idle-seconds": idleSeconds = try number(name, value)
        case "--million": million = Int(try number(name, value))
        default: throw BenchFailure("there is no option \(name)")
        }
    }

    private func number(_ name: String, _ value: String) throws -> Double {
        guard let number = Double(value), number > 0 else { throw BenchFailure("\(name) must be a number above 0") }
        return number
    }

    /// An empty folder for one row's server.
    func makeFolder(_ name: String) throws -> String {
        let path = "\(folder)/\(name)"
        removeFolder(path)
        mkdir(folder, 0o700)
        guard mkdir(path, 0o700) == 0 else {
            throw BenchFailure("\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        return path
    }

    /// With the files in it; there are no folders below.
    func removeFolder(_ path: String) {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unlink("\(path)/\(name)") }
        }
        closedir(directory)
        rmdir(path)
    }
}
