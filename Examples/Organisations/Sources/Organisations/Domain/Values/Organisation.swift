/// An organisation as it was created.
struct Organisation: Codable, Hashable, Sendable {
    let id: OrganisationID
    let name: OrganisationName
    let diffbotId: DiffbotID?
}
