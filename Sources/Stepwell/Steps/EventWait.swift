/// How far back a wait for an event looks; see ``Step/waitForEvent(_:on:match:timeout:since:)``.
public enum EventLookBack: Sendable, Hashable {
    /// To the event that started the run.
    case runStart
    /// So long before the wait began, at most 366 days.
    case last(Duration)

    var wireText: String {
        switch self {
        case .runStart: "run_start"
        case .last(let span): span.wireText
        }
    }
}

/// One of several events to wait for; see ``Step/waitForAny(_:_:timeout:)`` and ``Step/waitForAll(_:_:timeout:)``.
public struct EventWait: Sendable, Hashable {
    let name: String
    let expression: String?
    let since: EventLookBack?

    /// An event of type `type` that has the same value as this run's event at `path`, such as `data.organisationId`.
    ///
    /// - Parameter since: also takes an event that came before, the first of several. Default: none.
    public static func event<E: Event>(
        _ type: E.Type, match path: String, since: EventLookBack? = nil
    ) -> EventWait {
        EventWait(name: type.name, expression: expression(path), since: since)
    }

    /// An event of type `type` for which `expression` is true: `event` is this run's own, `async` the new one.
    ///
    /// - Parameters:
    ///   - expression: such as `async.data.total > event.data.total`. Default: the next such event.
    ///   - since: also takes an event that came before, the first of several. Default: none.
    public static func event<E: Event>(
        _ type: E.Type, if expression: String? = nil, since: EventLookBack? = nil
    ) -> EventWait {
        EventWait(name: type.name, expression: expression, since: since)
    }

    /// An event by its exact name; see the form that takes a type.
    public static func event(
        named name: String, if expression: String? = nil, since: EventLookBack? = nil
    ) -> EventWait {
        EventWait(name: name, expression: expression, since: since)
    }

    static func expression(_ path: String) -> String { "event.\(path) == async.\(path)" }
}
