import Stepwell

extension Jobs {
    /// Finds out how sure we are of an organisation, by look-ups that run at the same time.
    var assessOrganisation: Function<OrganisationAssessmentRequested, Standing> {
        Function("assess-organisation", on: OrganisationAssessmentRequested.self) { event, step in
            let id = event.data.organisationId
            async let accounts = step.run("count-accounts") { try organisations.accountCount(of: id) }
            async let isListed = step.run("look-into-directory") { try directory.isListed(id) }
            async let namesakes = step.run("count-namesakes") { try organisations.namesakeCount(of: id) }
            let standing = StandingRule.standing(
                accounts: try await accounts, isListed: try await isListed, namesakes: try await namesakes)
            try await step.run("keep-standing") { try organisations.set(standing, of: id) }
            return standing
        }
    }
}
