extension Migrations {
    /// The audit log, to which rows can only be added.
    static let migration17 = """
        CREATE TABLE audit_log (
            id TEXT PRIMARY KEY,
            recorded_at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            address TEXT,
            verb TEXT NOT NULL,
            target TEXT NOT NULL,
            detail TEXT,
            results TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
        BEGIN
            SELECT RAISE(ABORT, 'rows of audit_log are never changed');
        END;
        CREATE TRIGGER audit_log_is_not_deleted BEFORE DELETE ON audit_log
        BEGIN
            SELECT RAISE(ABORT, 'rows of audit_log are never deleted');
        END;
        """
}
