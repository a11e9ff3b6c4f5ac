import Stepwell

/// Somebody asked for an organisation that is not in the system yet.
struct OrganisationCreateProvisional: Event, Hashable {
    static let name = "organisation.create.provisional"

    let accountId: AccountID
    let name: OrganisationName
    var diffbotId: DiffbotID?
}
