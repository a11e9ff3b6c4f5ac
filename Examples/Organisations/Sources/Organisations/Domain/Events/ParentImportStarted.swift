import Stepwell

/// The import of a parent organisation began; its child is imported by another system.
struct ParentImportStarted: Event, Hashable {
    static let name = "parent.import.started"

    let parentId: OrganisationID
}
