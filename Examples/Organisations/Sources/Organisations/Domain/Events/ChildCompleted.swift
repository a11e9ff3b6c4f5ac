import Stepwell

/// The other system is done with the child of a parent organisation.
struct ChildCompleted: Event, Hashable {
    static let name = "child.completed"

    let parentId: OrganisationID
    let childId: OrganisationID
}
