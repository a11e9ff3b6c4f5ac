extension Migrations {
    /// Debounces and batches.
    static let migration5 = """
        CREATE TABLE holds (
            job INTEGER PRIMARY KEY,
            key_hash INTEGER NOT NULL,
            deadline INTEGER,
            event_time INTEGER NOT NULL,
            events INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            key_text TEXT
        ) STRICT;

        CREATE TABLE run_events (
            run INTEGER NOT NULL,
            position INTEGER NOT NULL,
            event INTEGER NOT NULL,
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX run_events_event ON run_events (event);
        """
}
