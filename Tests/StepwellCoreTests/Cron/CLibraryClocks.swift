import Foundation
import Testing

/// The C library's own idea of local time, `localtime_r`, asked in a process of its own: it depends on `TZ`, which no test
/// may change for the others.
enum CLibraryClocks {
    /// Reads lines of a zone's name, its offset at the begin and each change as `time:offset`. Compares what they say with
    /// the C library one second before each change, at it, and every 30 days. Prints each difference, then the count.
    private static let script = """
        import os, sys, time

        begin, end, stride = int(sys.argv[2]), int(sys.argv[3]), 30 * 86400
        count = 0
        for line in open(sys.argv[1]):
            name, first, *rest = line.split()
            changes = [(begin, int(first))] + [tuple(map(int, change.split(":"))) for change in rest]
            os.environ["TZ"] = name
            time.tzset()
            for (start, said), (stop, _) in zip(changes, changes[1:] + [(end, 0)]):
                for at in [*range(start, stop, stride), stop - 1]:
                    count += 1
                    offset = time.localtime(at).tm_gmtoff
                    if offset != said:
                        print(f"{name} at {at}: {said} is said, {offset} is right")
        print(count)
        """

    /// - Returns: The lines that the script prints.
    static func compare(_ claims: [String], from begin: Int64, to end: Int64) throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("clocks-\(UUID().uuidString)")
        try claims.joined(separator: "\n").write(to: file, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, file.path, "\(begin)", "\(end)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
