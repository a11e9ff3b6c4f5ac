import Foundation
@testable import Organisations
import Stepwell

/// The whole system over a folder of its own and a real event API.
struct Fixture: Sendable {
    let folder: TemporaryFolder
    let server: EventServer
    let system: OrganisationsSystem
    let organisations: SQLiteOrganisations

    /// Builds the system, and stops the event API when `body` is done.
    static func run(_ body: (Fixture) async throws -> Void) async throws {
        let fixture = try Fixture()
        do {
            try await body(fixture)
        } catch {
            await fixture.server.stop()
            throw error
        }
        await fixture.server.stop()
    }

    private init() throws {
        folder = try TemporaryFolder()
        server = try EventServer()
        system = try OrganisationsSystem(folder: folder.url, client: .test(url: server.url))
        organisations = SQLiteOrganisations(database: system.database)
    }

    func createOrganisation(_ name: String, diffbotId: String? = nil) throws -> Organisation {
        try organisations.create(
            name: try OrganisationName(name), diffbotId: try diffbotId.map { text in try DiffbotID(text) })
    }

    func drive(_ job: String, _ event: String, _ data: [String: Any], runID: String = "01RUN") throws -> RunDriver {
        try RunDriver(system.app, job, event: event, data, runID: runID)
    }
}
