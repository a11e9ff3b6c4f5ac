extension Migrations {
    /// Events on their way to waits are read name by name.
    static let migration14 = """
        ALTER TABLE deliveries ADD COLUMN name TEXT NOT NULL DEFAULT '';
        UPDATE deliveries SET name = coalesce((SELECT name FROM events WHERE key = event), '');
        CREATE INDEX deliveries_name ON deliveries (name, event);
        """
}
