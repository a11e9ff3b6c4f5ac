import Stepwell

/// The owner of a provisional organisation was asked to confirm it.
struct OrganisationConfirmationRequested: Event, Hashable {
    static let name = "organisation.confirmation.requested"

    let organisationId: OrganisationID
    let accountId: AccountID
}
