/// What the knowledge graph knows about an organisation.
struct Profile: Codable, Hashable, Sendable {
    let homepage: String
    let employees: Int
}
