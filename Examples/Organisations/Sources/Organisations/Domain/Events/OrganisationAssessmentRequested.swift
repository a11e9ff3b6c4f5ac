import Stepwell

/// Somebody wants to know how sure we are of an organisation.
struct OrganisationAssessmentRequested: Event, Hashable {
    static let name = "organisation.assessment.requested"

    let organisationId: OrganisationID
}
