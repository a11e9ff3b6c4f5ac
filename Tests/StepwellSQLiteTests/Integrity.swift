import StepwellStore

@testable import StepwellSQLite

/// What SQLite says about a file's pages and indexes, and what we say about its counts.
enum Integrity {
    /// Nil when all is well.
    static func problem(path: String, vfs: String?) throws -> String? {
        let connection = try Connection(path: path, access: .reading, vfs: vfs)
        let check = try connection.prepare("PRAGMA integrity_check")
        var lines: [String] = []
        while try check.step() { lines.append(check.text(0)) }
        guard lines == ["ok"] else { return lines.joined(separator: "; ") }
        let miscounted = try connection.integer(
            """
            SELECT count(*) FROM run_counts WHERE runs <>
                (SELECT count(*) FROM runs WHERE function = run_counts.function AND status = run_counts.status)
            """)
        return miscounted == 0 ? nil : "\(miscounted) run counts are wrong"
    }
}
