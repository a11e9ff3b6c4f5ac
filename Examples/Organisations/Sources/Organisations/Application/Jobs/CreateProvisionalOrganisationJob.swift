import Stepwell

/// What the job returns.
struct CreatedOrganisation: Codable, Hashable, Sendable {
    let organisationId: OrganisationID
}

extension Jobs {
    /// Creates an organisation, links it to the account that asked, and tells the system.
    var createProvisionalOrganisation: Function<OrganisationCreateProvisional, CreatedOrganisation> {
        Function(
            "create-provisional-organisation", on: OrganisationCreateProvisional.self,
            options: .init(retries: 3, concurrency: .limit(100))
        ) { event, step in
            // snippet.hide
            let step = logged(step, of: "create-provisional-organisation", about: event.data.name)
            // snippet.show
            let organisation = try await step.run("create-organisation") {
                try organisations.create(name: event.data.name, diffbotId: event.data.diffbotId)
            }
            try await step.run("link-to-account") {
                try organisations.link(organisation.id, to: event.data.accountId)
            }
            try await step.send(
                "emit-created",
                OrganisationCreated(organisationId: organisation.id, accountId: event.data.accountId))
            return CreatedOrganisation(organisationId: organisation.id)
        }
    }
}
