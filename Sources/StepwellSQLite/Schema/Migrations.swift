import CSQLite
import StepwellStore

/// The numbered changes that lead from an empty file to the schema of this version. One that was released is never
/// changed again.
enum Migrations {
    /// "Step" in ASCII: what `file` and we recognise a data file by.
    static let applicationID: Int64 = 0x5374_6570

    /// Migration n is at index n - 1; `PRAGMA user_version` holds the number of the last one that ran.
    static let all = [
        migration1, migration2, migration3, migration4, migration5, migration6, migration7, migration8,
        migration9, migration10, migration11, migration12, migration13, migration14, migration15,
        migration16, migration17, migration18,
    ]

    static var newest: Int64 { Int64(all.count) }

    /// Brings the file up to `version`, the newest by default: each migration in a transaction of its own.
    static func run(on connection: Connection, upTo version: Int64 = newest) throws(StoreError) {
        let found = try check(connection)
        if found == 0 {
            // Both must come before the first table; the second takes effect outside of transactions only.
            try connection.execute("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL")
        }
        guard found < version else { return }
        for number in (found + 1)...version {
            try connection.execute("BEGIN IMMEDIATE")
            try connection.execute(all[Int(number) - 1])
            try connection.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(number); COMMIT")
        }
    }

    /// Refuses what a reader cannot read: readers change nothing, so an older schema waits for its server.
    static func checkReadable(_ connection: Connection) throws(StoreError) {
        let found = try check(connection)
        guard found == newest else {
            throw StoreError(
                .other,
                "SW0117: \(connection.path) has schema \(found), and this version of Stepwell reads \(newest). Start the server once: it "
                    + "brings the file up to date.")
        }
    }

    /// The schema's number, 0 for a file without content; a file of another program or of a newer version is refused.
    private static func check(_ connection: Connection) throws(StoreError) -> Int64 {
        let application = try connection.integer("PRAGMA application_id")
        let version = try connection.integer("PRAGMA user_version")
        if application == 0, version == 0, try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 {
            return 0
        }
        guard application == applicationID else {
            throw .foreign(connection.path, "it is a database of another program (application id \(application))")
        }
        guard version <= newest else {
            throw StoreError(
                .newerSchema,
                "SW0109: \(connection.path) has schema \(version), and this version of Stepwell knows \(newest). Start the version that wrote "
                    + "it, or a newer one; nothing was changed.")
        }
        return version
    }
}
