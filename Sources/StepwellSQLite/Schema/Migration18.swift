extension Migrations {
    /// The newest rows of one verb, in an audit log that never shrinks.
    static let migration18 = """
        CREATE INDEX audit_log_verb ON audit_log (verb, id);
        """
}
