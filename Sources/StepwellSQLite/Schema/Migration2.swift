extension Migrations {
    /// The event that ended a wait whose run was not in memory, until the wait's result is recorded.
    static let migration2 = "ALTER TABLE waits ADD COLUMN matched_event INTEGER;"
}
