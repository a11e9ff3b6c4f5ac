import Stepwell

/// Somebody wants what the knowledge graph knows about an organisation.
struct OrganisationEnrichmentRequested: Event, Hashable {
    static let name = "organisation.enrichment.requested"

    let organisationId: OrganisationID
}
