/// The directory of organisations. Its operations may be repeated, as those of ``OrganisationRepository``.
protocol DirectoryRepository: Sendable {
    /// Lists an organisation once, under the account that brought it first.
    func list(_ organisation: OrganisationID, for account: AccountID) throws

    func isListed(_ organisation: OrganisationID) throws -> Bool
}
