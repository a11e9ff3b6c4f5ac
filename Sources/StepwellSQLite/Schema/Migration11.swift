extension Migrations {
    /// Waits that look back, until they have done so.
    static let migration11 = "ALTER TABLE waits ADD COLUMN looks_back_to INTEGER;"
}
