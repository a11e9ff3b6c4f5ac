extension Migrations {
    /// Functions that run after a run, and what is told of runs and steps.
    static let migration10 = """
        CREATE TABLE defers (
            run INTEGER NOT NULL,
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            function TEXT NOT NULL,
            status INTEGER NOT NULL,
            input ANY,
            note TEXT,
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE metadata (
            run INTEGER NOT NULL,
            position INTEGER NOT NULL,
            step_id TEXT,
            kind TEXT NOT NULL,
            operation INTEGER NOT NULL,
            recorded_at INTEGER NOT NULL,
            content TEXT NOT NULL,
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;
        """
}
