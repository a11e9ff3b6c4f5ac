// A function tells what it did, by events that start other functions. Each is sent once, however often the step runs.
import Stepwell

// snippet.hide
struct OrganisationImported: Event {
    static let name = "organisation.imported"
    var organisationId: String
    var members: [String]
}
struct MemberInvited: Event {
    static let name = "member.invited"
    var organisationId: String
    var email: String
}
struct ImportCompleted: Event {
    static let name = "import.completed"
    var organisationId: String
}
// snippet.show

let inviteMembers = Function("invite-members", on: OrganisationImported.self) { event, step in
    let id = event.data.organisationId
    try await step.send(
        "invite-all",
        event.data.members.map { email in OutgoingEvent(MemberInvited(organisationId: id, email: email)) })
    try await step.send("announce-completion", ImportCompleted(organisationId: id))
}
