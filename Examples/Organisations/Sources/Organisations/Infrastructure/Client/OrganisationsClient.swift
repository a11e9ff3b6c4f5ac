import Stepwell

/// How this system appears to the server. Keys and addresses come from the environment: `STEPWELL_EVENT_KEY` and others.
enum OrganisationsClient {
    static let appID = "organisations"

    static func make() -> Client { Client(id: appID) }
}
