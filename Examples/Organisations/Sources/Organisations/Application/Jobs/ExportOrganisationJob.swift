import Foundation
import Stepwell

extension Jobs {
    /// Writes an organisation's record for whoever is outside; if that fails for good, people are told.
    var exportOrganisation: Function<OrganisationExportRequested, Void> {
        Function("export-organisation", on: OrganisationExportRequested.self, options: .init(retries: 2)) {
            event, step in
            let organisation = try await step.run("load-organisation") {
                do {
                    return try organisations.organisation(event.data.organisationId)
                } catch let error as OrganisationNotFound {
                    throw NonRetriableError("\(error)", cause: error)
                }
            }
            try await step.run("write-record") { try await export.write(organisation, for: event.data.accountId) }
        }
        .onFailure { failed, step in
            try await step.run("notify") {
                try notices.notify(
                    Notice(
                        // The run's id, since the step may be repeated and people shall be told once.
                        subject: "export-organisation \(failed.runID)", error: failed.error.message,
                        event: "\(failed.event.name) \(try text(of: failed.event.data))"))
            }
        }
    }

    private func text(of data: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(data), as: UTF8.self)
    }
}
