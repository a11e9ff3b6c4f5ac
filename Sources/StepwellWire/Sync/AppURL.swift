/// The URL of an app in the form in which apps are compared and stored (PROTOCOL §2.1).
///
/// Query items `deployId` and `probe` and default ports are dropped; `127.0.0.1` and `0.0.0.0` with a port become
/// `localhost`, so that a restarted worker is the same app. Everything else stays as it is.
package enum AppURL {
    /// Scheme, host and port of an absolute URL, and what follows them.
    private struct Parts {
        var scheme: String
        var host: String
        var port: String?
        var path: String
        var query: String?
    }

    /// The normal form; nil when the text is no absolute `http`, `https`, `ws` or `wss` URL with a host.
    package static func normalized(_ url: String) -> String? {
        guard var parts = parts(of: url) else { return nil }
        if parts.port == defaultPort(of: parts.scheme) { parts.port = nil }
        if parts.port != nil, ["127.0.0.1", "0.0.0.0"].contains(parts.host) { parts.host = "localhost" }
        let items = (parts.query ?? "").split(separator: "&").filter { item in
            let name = item.prefix { $0 != "=" }
            return name != "deployId" && name != "probe"
        }
        let query = items.isEmpty ? "" : "?" + items.joined(separator: "&")
        return "\(parts.scheme)://\(parts.host)\(parts.port.map { ":\($0)" } ?? "")\(parts.path)\(query)"
    }

    private static func parts(of url: String) -> Parts? {
        guard let colon = url.firstIndex(of: ":") else { return nil }
        let scheme = url[..<colon].lowercased()
        guard defaultPort(of: scheme) != nil, url[colon...].hasPrefix("://") else { return nil }
        let rest = url[colon...].dropFirst(3).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        // Names and passwords in URLs end up in logs: refused.
        guard !authority.isEmpty, !authority.contains("@"), !rest.contains(where: \.isWhitespace) else { return nil }
        let afterAuthority = rest[authority.endIndex...]
        let path = afterAuthority.prefix { $0 != "?" }
        let query = afterAuthority[path.endIndex...].dropFirst()
        guard let (host, port) = hostAndPort(authority) else { return nil }
        return Parts(
            scheme: scheme, host: host.lowercased(), port: port, path: String(path),
            query: query.isEmpty ? nil : String(query))
    }

    private static func hostAndPort(_ authority: Substring) -> (host: String, port: String?)? {
        let hostEnd: Substring.Index
        if authority.first == "[" {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            hostEnd = authority.index(after: bracket)
        } else {
            hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
        }
        let host = authority[..<hostEnd]
        let rest = authority[hostEnd...]
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return (String(host), nil) }
        guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (String(host), String(port))
    }

    private static func defaultPort(of scheme: String) -> String? {
        switch scheme {
        case "http", "ws": "80"
        case "https", "wss": "443"
        default: nil
        }
    }
}
