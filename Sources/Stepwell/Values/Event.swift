/// Something that happened, as a type: its name on the wire and the data that come with it.
///
/// ```swift
/// struct OrganisationCreated: Event {
///     static let name = "organisation.created"
///     var organisationId: String
///     var accountId: String
/// }
/// ```
///
/// The stored properties are the event's `data`. Change them only in ways that still read the events already sent.
public protocol Event: Codable, Sendable {
    /// The name on the wire, 1…255 characters; names that begin with `inngest/` are reserved.
    static var name: String { get }
}

/// The data of the event that starts a function on a schedule, and of no other.
public struct ScheduledTimer: Event {
    /// The name on the wire.
    public static let name = "inngest/scheduled.timer"
    /// The expression whose time came.
    public var cron: String
}
