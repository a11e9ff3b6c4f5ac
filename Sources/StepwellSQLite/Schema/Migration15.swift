extension Migrations {
    /// Events sent once more, and what work on many runs or events is told beside its filter.
    static let migration15 = """
        ALTER TABLE bulk_work ADD COLUMN events TEXT;
        ALTER TABLE bulk_work ADD COLUMN bulk_limit INTEGER;
        ALTER TABLE bulk_work ADD COLUMN step TEXT;
        ALTER TABLE bulk_work ADD COLUMN input TEXT;
        ALTER TABLE bulk_work ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE resends (
            event INTEGER PRIMARY KEY,
            original_id TEXT NOT NULL,
            bulk TEXT
        ) STRICT;
        """
}
