import Stepwell

extension Jobs {
    /// Reminds the owner after three days; a confirmation that comes before ends the run.
    var remindOfConfirmation: Function<OrganisationConfirmationRequested, Void> {
        Function(
            "remind-of-confirmation", on: OrganisationConfirmationRequested.self,
            options: .init(cancelOn: [.event(OrganisationConfirmed.self, match: "data.organisationId")])
        ) { event, step in
            try await step.sleep("wait-for-owner", for: .seconds(3 * 86_400))
            try await step.run("remind") {
                try notices.notify(
                    Notice(
                        subject: "confirmation of \(event.data.organisationId)", error: "not confirmed for three days",
                        event: event.id))
            }
        }
    }
}
