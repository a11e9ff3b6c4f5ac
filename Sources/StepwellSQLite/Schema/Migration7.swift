extension Migrations {
    /// Runs that repeat others.
    static let migration7 = """
        CREATE TABLE reruns (
            run INTEGER PRIMARY KEY,
            original_id TEXT NOT NULL,
            step_id TEXT,
            input ANY
        ) STRICT;
        """
}
