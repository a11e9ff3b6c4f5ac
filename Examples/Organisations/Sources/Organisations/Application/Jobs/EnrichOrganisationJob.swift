import Stepwell

extension Jobs {
    /// Adds what the knowledge graph knows, if it knows anything: an organisation is complete without.
    var enrichOrganisation: Function<OrganisationEnrichmentRequested, Profile?> {
        Function("enrich-organisation", on: OrganisationEnrichmentRequested.self) { event, step in
            let id = event.data.organisationId
            let profile = try await step.run("look-up-profile") { () -> Profile? in
                guard let diffbotId = try organisations.organisation(id).diffbotId else { return nil }
                do {
                    return try await knowledge.profile(of: diffbotId)
                } catch {
                    // Not fatal: the step succeeds with nil, so it is not tried again and the run goes on.
                    step.log.warning("no profile", ["organisation": "\(id)", "reason": "\(error)"])
                    return nil
                }
            }
            if let profile {
                try await step.run("keep-profile") { try organisations.set(profile, of: id) }
            }
            return profile
        }
    }
}
