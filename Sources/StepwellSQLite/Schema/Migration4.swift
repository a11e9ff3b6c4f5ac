extension Migrations {
    /// How far schedules have come.
    static let migration4 = """
        CREATE TABLE crons (
            function INTEGER NOT NULL,
            expression TEXT NOT NULL,
            last_tick INTEGER NOT NULL,
            PRIMARY KEY (function, expression)
        ) STRICT, WITHOUT ROWID;
        """
}
