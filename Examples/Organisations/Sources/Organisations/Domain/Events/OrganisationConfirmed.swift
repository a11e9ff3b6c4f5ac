import Stepwell

/// The owner of a provisional organisation has confirmed it.
struct OrganisationConfirmed: Event, Hashable {
    static let name = "organisation.confirmed"

    let organisationId: OrganisationID
}
