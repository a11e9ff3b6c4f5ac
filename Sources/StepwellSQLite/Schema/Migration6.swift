extension Migrations {
    /// Functions that were paused or drained.
    static let migration6 = """
        CREATE TABLE function_states (
            function INTEGER PRIMARY KEY,
            state INTEGER NOT NULL,
            since INTEGER NOT NULL
        ) STRICT;
        """
}
