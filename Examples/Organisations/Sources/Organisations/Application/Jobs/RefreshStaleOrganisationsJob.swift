import Stepwell

extension Jobs {
    /// Every night, asks for a refresh of each organisation that never had one.
    var refreshStaleOrganisations: Function<ScheduledTimer, Void> {
        Function("refresh-stale-organisations", cron: "TZ=Europe/Berlin 30 2 * * *", jitter: .seconds(60)) { _, step in
            let stale = try await step.run("list-stale-organisations") { try organisations.stale(atMost: 1_000) }
            guard !stale.isEmpty else { return }
            try await step.send(
                "request-refreshes",
                stale.map {
                    OutgoingEvent(
                        OrganisationRefreshRequested(organisationId: $0.organisationId, accountId: $0.accountId))
                })
        }
    }
}
