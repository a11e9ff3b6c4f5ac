extension Migrations {
    /// Events whose waits are too many for one batch.
    static let migration9 = """
        ALTER TABLE waits ADD COLUMN after_event INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE deliveries (
            event INTEGER PRIMARY KEY
        ) STRICT;
        """
}
