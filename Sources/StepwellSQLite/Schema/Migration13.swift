extension Migrations {
    /// Runs whose keys are being evaluated again, since their functions' keys have changed.
    static let migration13 = """
        CREATE TABLE key_renewals (
            key INTEGER PRIMARY KEY,
            functions TEXT NOT NULL,
            cursor_run INTEGER NOT NULL,
            last_run INTEGER NOT NULL
        ) STRICT;
        """
}
