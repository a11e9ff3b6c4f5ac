/// What starts a function: an event, possibly under a condition, or a schedule. A function has at most ten.
public struct Trigger: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case event(name: String, expression: String?)
        case cron(expression: String, jitter: Duration?)
        case deferred
    }

    let kind: Kind

    /// An event by its name; `api/*` and `api.*` stand for every name with that beginning.
    ///
    /// - Parameter expression: starts the function only for events for which it is true, such as `event.data.total > 100`.
    public static func event(_ name: String, if expression: String? = nil) -> Trigger {
        Trigger(kind: .event(name: name, expression: expression))
    }

    /// An event by its type.
    ///
    /// - Parameter expression: starts the function only for events for which it is true, such as `event.data.total > 100`.
    public static func event<E: Event>(_ type: E.Type, if expression: String? = nil) -> Trigger {
        .event(type.name, if: expression)
    }

    /// Another run that has deferred this function until its own end, by `step.defer`.
    public static let deferred = Trigger(kind: .deferred)

    /// A schedule of five fields (minute, hour, day, month, weekday), in UTC unless it begins with a zone:
    /// `TZ=Europe/Paris 0 9 * * 1`.
    ///
    /// - Parameter jitter: starts up to so much later, 1 second to 5 minutes. Default: on time.
    public static func cron(_ expression: String, jitter: Duration? = nil) -> Trigger {
        Trigger(kind: .cron(expression: expression, jitter: jitter))
    }
}
