/// An organisation in Diffbot's knowledge graph.
struct DiffbotID: Identifier {
    let rawValue: String

    init(unchecked rawValue: String) { self.rawValue = rawValue }
}
