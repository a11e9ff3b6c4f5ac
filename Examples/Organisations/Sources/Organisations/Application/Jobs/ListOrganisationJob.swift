import Stepwell

extension Jobs {
    /// Lists every new organisation in the directory: a consumer of what another job announces.
    var listOrganisation: Function<OrganisationCreated, Void> {
        Function("list-organisation", on: OrganisationCreated.self, options: .init(retries: 3)) { event, step in
            // snippet.hide
            let step = logged(step, of: "list-organisation", about: event.data.organisationId)
            // snippet.show
            try await step.run("list-in-directory") {
                try directory.list(event.data.organisationId, for: event.data.accountId)
            }
        }
    }
}
