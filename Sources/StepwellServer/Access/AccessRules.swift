import StepwellHTTP
import StepwellModel
import StepwellWire

/// Who may do what: the one place where a route's policy becomes a decision.
///
/// `dev` is for one developer on one machine: it listens on loopback and wants no keys. `start` wants the key that each
/// policy names. In both, a page of a foreign origin gets nothing, since the browser that shows it may be on this very
/// machine; and routes that are not an SDK's, or that let it read without a key, answer only to hosts that the server is
/// known as, so that a name which leads here by a trick of the DNS does not make a foreign page one of ours.
package struct AccessRules: Sendable {
    package let kind: ServerKind
    let eventKeys: HashedKeys
    let signingKeys: [SigningKey]
    let token: HashedKeys?
    /// The server can be reached from other machines.
    let isExposed: Bool
    let origins: OriginRules
    let hosts: HostRules

    // MARK: - Policies

    /// Why a request is refused; nil when it may go on.
    func refusal(of head: HTTPRequestHead, _ parameters: PathParameters, by policy: RoutePolicy) -> Failure? {
        if let failure = originRefusal(head) { return failure }
        if !policy.acceptsAnyHost(in: kind), let failure = hostRefusal(head) { return failure }
        switch policy {
        case .sdkOpen, .open: return nil
        case .sdkEvent: return eventKeyRefusal(parameters["key"])
        case .sdkInvoke: return invokeRefusal(head)
        case .sdkSigned, .sdkRead: return signingKeyRefusal(head)
        case .operator: return tokenRefusal(head)
        }
    }

    private func eventKeyRefusal(_ key: String) -> Failure? {
        if kind == .development { return nil }
        if eventKeys.isEmpty {
            return Failure(503, .eventKeysMissing, "Event keys are required to process events securely")
        }
        return eventKeys.accept(key) ? nil : Failure(401, .eventKeyRefused, "Event key not found")
    }

    private func invokeRefusal(_ head: HTTPRequestHead) -> Failure? {
        if kind == .development { return nil }
        let header = head.headers["Authorization"]
        if let token = Self.bearer(header), eventKeys.accept(token) { return nil }
        return signingKeys.contains { $0.accepts(authorization: header) }
            ? nil
            : Failure(
                401, .eventKeyRefused, "Event key not found: send \"Authorization: Bearer\" with an event key.")
    }

    private func signingKeyRefusal(_ head: HTTPRequestHead) -> Failure? {
        if kind == .development { return nil }
        let header = head.headers["Authorization"]
        return signingKeys.contains { $0.accepts(authorization: header) }
            ? nil
            : Failure(
                401, .signingKeyRefused,
                "Authentication failed: send \"Authorization: Bearer\" with the signing key or its hash.")
    }

    private func tokenRefusal(_ head: HTTPRequestHead) -> Failure? {
        if kind == .development, !isExposed { return nil }
        guard let token else {
            let isLocal = head.peer?.isLoopback == true
            return isLocal ? nil : Failure(403, .tokenRefused, "This route is for this machine only: no token is set.")
        }
        if let given = Self.bearer(head.headers["Authorization"]), token.accept(given) { return nil }
        return Failure(
            401, .tokenRefused, "A token is required: send \"Authorization: Bearer\" with the operator's token.",
            headers: ["WWW-Authenticate": "Bearer"])
    }

    /// Who is behind a request that was let through: what kind of key it has shown, and never which.
    func actor(of head: HTTPRequestHead, by policy: RoutePolicy) -> String {
        switch policy {
        case .operator: return (kind == .development && !isExposed) || token == nil ? "local" : "operator_token"
        case .sdkSigned, .sdkRead: return kind == .development ? "local" : "signing_key"
        case .sdkEvent: return kind == .development ? "local" : "event_key"
        case .sdkInvoke:
            if kind == .development { return "local" }
            let isEventKey = Self.bearer(head.headers["Authorization"]).map(eventKeys.accept) ?? false
            return isEventKey ? "event_key" : "signing_key"
        case .sdkOpen, .open: return "anyone"
        }
    }

    private static func bearer(_ header: String?) -> String? {
        guard let header, let space = header.firstIndex(of: " "), header[..<space].lowercased() == "bearer" else {
            return nil
        }
        return String(header[space...].drop { $0 == " " })
    }

    // MARK: - Hosts and origins

    private func originRefusal(_ head: HTTPRequestHead) -> Failure? {
        guard let origin = head.headers["Origin"], !isAllowed(origin: origin, head) else { return nil }
        return Failure(
            403, .originRefused,
            "Pages of \(origin) may not use this server. If they should, start it with --allow-origin \(origin).")
    }

    /// Pages of loopback and of the list; and the server's own, under a host that it is known as.
    private func isAllowed(origin: String, _ head: HTTPRequestHead) -> Bool {
        if origins.allow(origin) { return true }
        guard let host = head.headers["Host"], hosts.allow(host) else { return false }
        return origin.lowercased() == "http://\(host.lowercased())"
            || origin.lowercased() == "https://\(host.lowercased())"
    }

    private func hostRefusal(_ head: HTTPRequestHead) -> Failure? {
        guard let host = head.headers["Host"], !hosts.allow(host) else { return nil }
        return Failure(
            421, .hostRefused,
            "This server is not known as \(host). If it should be, start it with --allow-host \(host).")
    }

    /// What every answer carries. No origin is ever allowed by a wildcard.
    func headersOfAll(for head: HTTPRequestHead) -> HTTPHeaders {
        var headers: HTTPHeaders = [Header.serverKind: kind.rawValue]
        guard let origin = head.headers["Origin"] else { return headers }
        headers.add("Vary", "Origin")
        guard isAllowed(origin: origin, head) else { return headers }
        headers.add("Access-Control-Allow-Origin", origin)
        guard head.method == .options else { return headers }
        headers.add("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
        headers.add("Access-Control-Allow-Headers", head.headers["Access-Control-Request-Headers"] ?? "Content-Type")
        headers.add("Access-Control-Max-Age", "600")
        return headers
    }

    func isAllowedPreflight(_ head: HTTPRequestHead) -> Bool {
        guard head.headers.contains("Access-Control-Request-Method"), let origin = head.headers["Origin"] else {
            return false
        }
        return isAllowed(origin: origin, head)
    }
}
