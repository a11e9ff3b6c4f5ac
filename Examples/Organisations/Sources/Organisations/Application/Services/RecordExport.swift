/// Hands records to whoever is outside of the system.
protocol RecordExport: Sendable {
    /// Writes an organisation's record for an account; a second time writes the same again.
    func write(_ organisation: Organisation, for account: AccountID) async throws
}
