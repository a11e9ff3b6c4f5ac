/// An organisation in our own system.
struct OrganisationID: Identifier {
    let rawValue: String

    init(unchecked rawValue: String) { self.rawValue = rawValue }
}
