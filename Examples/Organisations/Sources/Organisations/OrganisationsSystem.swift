import Foundation
import Stepwell

/// The whole system over one folder: its database, its work log, and what it exchanges with others as files.
public struct OrganisationsSystem: Sendable {
    /// The functions, ready to be served.
    public let app: App
    let database: Database
    let createOrganisation: CreateOrganisationRoute

    /// - Parameters:
    ///   - folder: where `organisations.db`, `work.log`, `knowledge/` and `exports/` are; it must be there.
    ///   - client: how events are sent. Default: as the environment says.
    ///   - pace: how long a step of the logged jobs takes at least. Default: no longer than it must.
    public init(folder: URL, client: Client? = nil, pace: Duration = .zero) throws {
        database = try Database(path: folder.appending(path: "organisations.db").path)
        let client = client ?? OrganisationsClient.make()
        let jobs = Jobs(
            organisations: SQLiteOrganisations(database: database), directory: SQLiteDirectory(database: database),
            notices: SQLiteNotices(database: database),
            knowledge: FileKnowledgeGraph(folder: folder.appending(path: "knowledge")),
            export: FileRecordExport(folder: folder.appending(path: "exports")),
            log: try FileWorkLog(path: folder.appending(path: "work.log").path), pace: pace)
        app = App(client: client, functions: jobs.all)
        createOrganisation = CreateOrganisationRoute(
            createProvisionalOrganisation: CreateProvisionalOrganisation(events: client))
    }

    /// The system's own routes, beside `/api/inngest`.
    public var routes: App.Routes { { request in await createOrganisation.respond(to: request) } }
}
