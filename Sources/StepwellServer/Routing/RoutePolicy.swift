import StepwellWire

/// Who may use a route. There is no default: a route says it, or does not compile.
///
/// What each means in `dev` and in `start` is decided in one place, ``AccessRules``.
package enum RoutePolicy: Sendable, Hashable, CaseIterable {
    /// Any Host, no key; a page of a foreign origin is refused. What an SDK or a probe asks before it knows anything.
    case sdkOpen
    /// Any Host, and the event key in the path parameter `key`.
    case sdkEvent
    /// Any Host, and an event key or the signing key in the Authorization header.
    case sdkInvoke
    /// Any Host, and the signing key in the Authorization header.
    case sdkSigned
    /// What an SDK reads of events and runs: the signing key in the Authorization header, under any Host. Where no key is
    /// asked for, a Host of ours: a browser says the origin of a page that writes, but not of one that reads.
    case sdkRead
    /// A Host of ours, no key: what may be public but not be read by a foreign page.
    case open
    /// A Host of ours, and the operator's token.
    case `operator`
}

extension RoutePolicy {
    /// SDKs reach the server under names that it does not know: of a container, a proxy, another machine.
    func acceptsAnyHost(in kind: ServerKind) -> Bool {
        switch self {
        case .sdkOpen, .sdkEvent, .sdkInvoke, .sdkSigned: true
        case .sdkRead: kind == .cloud
        case .open, .operator: false
        }
    }
}
