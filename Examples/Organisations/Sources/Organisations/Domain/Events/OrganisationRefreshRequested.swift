import Stepwell

/// An account looked at an organisation, so that it is time to bring it up to date.
struct OrganisationRefreshRequested: Event, Hashable {
    static let name = "organisation.refresh.requested"

    let organisationId: OrganisationID
    let accountId: AccountID
}
