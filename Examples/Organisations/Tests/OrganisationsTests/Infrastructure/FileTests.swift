import Foundation
import Testing

@testable import Organisations

@Suite struct FileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `the work log adds to what an earlier process wrote`() throws {
        let path = folder.url.appending(path: "work.log").path
        let entries = [WorkEntry.Moment.begun, .handedOver, .acknowledged].map { moment in
            WorkEntry(moment: moment, job: "j", run: "r", step: "s", subject: "a\nb")
        }
        for entry in entries { try FileWorkLog(path: path).note(entry) }
        #expect(try folder.workLog() == entries)
    }

    @Test func `the knowledge graph gives what is in the file of an id`() async throws {
        try folder.write(#"{"homepage":"https://acme.example","employees":7}"#, to: "E1.json")
        let graph = FileKnowledgeGraph(folder: folder.url)
        let profile = try await graph.profile(of: try DiffbotID("E1"))
        #expect(profile == Profile(homepage: "https://acme.example", employees: 7))
        let missing = try DiffbotID("E2")
        await #expect(throws: (any Error).self) { try await graph.profile(of: missing) }
    }

    @Test func `exporting twice leaves one whole file`() async throws {
        let organisation = Organisation(
            id: try OrganisationID("o1"), name: try OrganisationName("Acme"), diffbotId: nil)
        for _ in 1...2 {
            try await FileRecordExport(folder: folder.url).write(organisation, for: try AccountID("a1"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a1-o1.json"])
        let data = try Data(contentsOf: folder.url.appending(path: "a1-o1.json"))
        #expect(try JSONDecoder().decode(Organisation.self, from: data) == organisation)
    }
}
