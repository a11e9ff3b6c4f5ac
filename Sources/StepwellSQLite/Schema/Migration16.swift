extension Migrations {
    /// Events that started no run of a function that they concern, and why.
    static let migration16 = """
        CREATE TABLE dropped_starts (
            event INTEGER NOT NULL,
            function INTEGER NOT NULL,
            reason INTEGER NOT NULL,
            run INTEGER,
            PRIMARY KEY (event, function)
        ) STRICT, WITHOUT ROWID;
        """
}
