/// The directory in the system's database.
struct SQLiteDirectory: DirectoryRepository {
    let database: Database

    /// The organisation is the key: the account that comes first stays.
    func list(_ organisation: OrganisationID, for account: AccountID) throws {
        try database.run(
            "INSERT INTO directory (organisation_id, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [.text(organisation.rawValue), .text(account.rawValue)])
    }

    func isListed(_ organisation: OrganisationID) throws -> Bool {
        try !database.run(
            "SELECT 1 FROM directory WHERE organisation_id = ?", [.text(organisation.rawValue)]
        ).isEmpty
    }
}
