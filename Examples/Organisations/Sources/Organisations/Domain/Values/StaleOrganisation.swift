/// An organisation that was never brought up to date, with an account that it belongs to.
struct StaleOrganisation: Codable, Hashable, Sendable {
    let organisationId: OrganisationID
    let accountId: AccountID
}
