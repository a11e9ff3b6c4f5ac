import Foundation

/// A copy of the knowledge graph: a folder with a file `<Diffbot's id>.json` for each organisation.
struct FileKnowledgeGraph: KnowledgeGraph {
    let folder: URL

    func profile(of id: DiffbotID) async throws -> Profile {
        try JSONDecoder().decode(Profile.self, from: Data(contentsOf: folder.appending(path: "\(id).json")))
    }
}
