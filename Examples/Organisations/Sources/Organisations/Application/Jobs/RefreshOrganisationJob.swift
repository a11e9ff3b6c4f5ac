import Stepwell

extension Jobs {
    /// Brings an organisation up to date: at most 100 steps at a time for one account, and 1,000 starts a minute in all,
    /// with 100 more at once after a quiet time.
    var refreshOrganisation: Function<OrganisationRefreshRequested, Void> {
        Function(
            "refresh-organisation", on: OrganisationRefreshRequested.self,
            options: .init(
                concurrency: .limit(100, key: "event.data.accountId"),
                throttle: .limit(1_000, per: .seconds(60), burst: 100))
        ) { event, step in
            try await step.run("note-refresh") {
                try organisations.noteRefresh(event.id, of: event.data.organisationId)
            }
        }
    }
}
