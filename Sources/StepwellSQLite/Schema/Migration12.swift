extension Migrations {
    /// Work on many runs.
    static let migration12 = """
        CREATE TABLE bulk_work (
            id TEXT PRIMARY KEY,
            action INTEGER NOT NULL,
            state INTEGER NOT NULL,
            functions TEXT,
            statuses TEXT,
            queued_from INTEGER,
            queued_until INTEGER,
            condition TEXT,
            rate INTEGER,
            created_at INTEGER NOT NULL,
            ended_at INTEGER,
            first_run INTEGER NOT NULL,
            cursor_run INTEGER NOT NULL,
            last_run INTEGER NOT NULL,
            found INTEGER NOT NULL,
            done INTEGER NOT NULL,
            refused INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE reruns ADD COLUMN bulk TEXT;
        """
}
