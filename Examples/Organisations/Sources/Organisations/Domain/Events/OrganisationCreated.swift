import Stepwell

/// An organisation is there and belongs to an account.
struct OrganisationCreated: Event, Hashable {
    static let name = "organisation.created"

    let organisationId: OrganisationID
    let accountId: AccountID
}
