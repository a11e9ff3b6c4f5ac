import StepwellCore
import StepwellModel
import StepwellStore
import Testing

@testable import StepwellSQLite

/// What is documented is what is there, and every older file becomes the same new one.
struct SchemaTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    /// Every table, view and index of a file, with what it consists of.
    private func content(_ path: String) throws -> [String] {
        let connection = try Connection(path: path, access: .reading, vfs: nil)
        let statement = try connection.prepare(
            "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
        var lines: [String] = []
        while try statement.step() { lines.append(statement.text(0)) }
        return lines
    }

    @Test(arguments: 0...Migrations.newest)
    func `a file of every earlier schema is brought up to date when it is opened`(version: Int64) throws {
        let directory = try TemporaryDirectory()
        try SQLiteStore(path: directory.file("new.db")).close()
        Bytes.write([], to: directory.file())
        try Migrations.run(on: Connection(path: directory.file(), access: .writing, vfs: nil), upTo: version)
        let store = try SQLiteStore(path: directory.file())
        let opened = try store.open(partition: 0)
        try store.commit(Planted.batch(1, epoch: opened.epoch))
        store.close()
        #expect(try content(directory.file()) == content(directory.file("new.db")))
    }

    @Test func `the file says whose it is and how it is kept`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        let connection = try Connection(path: directory.file(), access: .reading, vfs: nil)
        #expect(try connection.integer("PRAGMA application_id") == 0x5374_6570)
        #expect(try connection.integer("PRAGMA user_version") == Migrations.newest)
        #expect(try connection.integer("PRAGMA auto_vacuum") == 2)
        let mode = try connection.prepare("PRAGMA journal_mode")
        #expect(try mode.step())
        #expect(mode.text(0) == "wal")
        mode.reset()
        store.close()
    }

    /// `table.column` for every table and view, as Docs/schema.md lists them: a heading with the name, and a row a column.
    private func documented() -> Set<String> {
        var table = ""
        var names: Set<String> = []
        for line in Bytes.text(Self.root + "/Docs/schema.md").split(separator: "\n") {
            if line.hasPrefix("#") {
                table = line.hasPrefix("### `") ? String(line.split(separator: "`")[1]) : ""
            } else if !table.isEmpty, line.hasPrefix("| `") {
                names.insert(table + "." + line.split(separator: "`")[1])
            }
        }
        return names
    }

    @Test func `the documentation lists exactly the tables, columns and indexes that exist`() throws {
        let directory = try TemporaryDirectory()
        try SQLiteStore(path: directory.file()).close()
        let connection = try Connection(path: directory.file(), access: .reading, vfs: nil)
        let statement = try connection.prepare(
            """
            SELECT s.name || '.' || c.name FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type IN ('table', 'view')
            UNION ALL
            SELECT 'indexes.' || name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
            """)
        var existing: Set<String> = []
        while try statement.step() { existing.insert(statement.text(0)) }
        #expect(existing.subtracting(documented()) == [])
        #expect(documented().subtracting(existing) == [])
    }

    @Test func `every numbered error of the stores has its page, and no page is left over`() {
        let sources = ["StepwellStore", "StepwellSQLite"].map { Self.root + "/Sources/" + $0 }
        let used = Set(sources.flatMap { Self.numbers(in: $0) })
        let pages = TemporaryDirectory.names(in: Self.root + "/Docs/errors").filter { $0.hasPrefix("SW01") }
        #expect(used.count > 10)
        #expect(used.sorted() == pages.map { String($0.prefix(6)) })
        for page in pages {
            #expect(Bytes.text(Self.root + "/Docs/errors/" + page).hasPrefix("# \(page.prefix(6)): "))
        }
    }

    private static func numbers(in directory: String) -> [String] {
        TemporaryDirectory.names(in: directory).flatMap { name -> [String] in
            guard name.hasSuffix(".swift") else { return numbers(in: directory + "/" + name) }
            return Bytes.text(directory + "/" + name).split(separator: "\"SW01").dropFirst().map {
                "SW01" + $0.prefix(2)
            }
        }
    }

    /// The views name columns by what they mean to people; a column that is misspelt would show only when someone asks.
    @Test func `the views show a run and its steps in words`() throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        defer { store.close() }
        let opened = try store.open(partition: 0)
        for number in Int64(1)...22 { try store.commit(Planted.batch(number, epoch: opened.epoch)) }
        let connection = try Connection(path: directory.file(), access: .reading, vfs: nil)
        let run = try connection.prepare(
            "SELECT status, event_name, queued_at, ended_at, length(output) FROM run_list WHERE id = ?")
        run.bind(1, utf8: Planted.runID(20).textBytes)
        #expect(try run.step())
        #expect(
            (0..<4).map { run.text($0) } == [
                "completed", "planted", "2023-11-14T22:13:20.020Z", "2023-11-14T22:13:20.021Z",
            ])
        #expect(run.integer(4) > 70_000)
        let steps = try connection.prepare(
            "SELECT position, name, kind FROM step_list WHERE run_id = ? ORDER BY position")
        steps.bind(1, utf8: Planted.runID(20).textBytes)
        var seen: [String] = []
        while try steps.step() { seen.append("\(steps.integer(0)) \(steps.text(1)) \(steps.text(2))") }
        #expect(seen == ["0 step run", "1 step run"])
        run.reset()
    }
}
