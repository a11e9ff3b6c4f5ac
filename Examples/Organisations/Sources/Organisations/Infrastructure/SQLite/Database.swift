import Synchronization

/// The system's own database: one file, one connection, one statement at a time, each on disk when it returns.
final class Database: Sendable {
    private let connection: Mutex<Connection>

    /// Opens the file at `path`, which is made if there is none.
    init(path: String) throws {
        let connection = try Connection(path: path)
        // Readers beside the writer; and what a step reports as done stays done if the machine loses power.
        try connection.run("PRAGMA journal_mode = WAL")
        try connection.run("PRAGMA synchronous = FULL")
        try connection.run("PRAGMA foreign_keys = ON")
        for statement in Self.schema { try connection.run(statement) }
        self.connection = Mutex(connection)
    }

    @discardableResult
    func run(_ sql: String, _ values: [SQLiteValue] = []) throws -> [[SQLiteValue]] {
        try connection.withLock { try $0.run(sql, values) }
    }

    /// The unique keys are what makes a repeated step harmless: they say what may be there only once.
    private static let schema = [
        """
        CREATE TABLE IF NOT EXISTS organisations (
            id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, diffbot_id TEXT,
            standing TEXT, homepage TEXT, employees INTEGER, child_import TEXT)
        """,
        """
        CREATE TABLE IF NOT EXISTS account_organisations (
            account_id TEXT NOT NULL, organisation_id TEXT NOT NULL REFERENCES organisations (id),
            PRIMARY KEY (organisation_id, account_id)) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS directory (
            organisation_id TEXT NOT NULL PRIMARY KEY REFERENCES organisations (id), account_id TEXT NOT NULL)
            WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS refreshes (
            event_id TEXT NOT NULL PRIMARY KEY, organisation_id TEXT NOT NULL REFERENCES organisations (id))
            WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS notices (
            subject TEXT NOT NULL PRIMARY KEY, error TEXT NOT NULL, event TEXT NOT NULL) WITHOUT ROWID
        """,
    ]
}
