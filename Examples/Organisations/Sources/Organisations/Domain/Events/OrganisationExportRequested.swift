import Stepwell

/// Somebody wants an organisation's record as a file.
struct OrganisationExportRequested: Event, Hashable {
    static let name = "organisation.export.requested"

    let organisationId: OrganisationID
    let accountId: AccountID
}
