import StepwellHTTP

/// The only hosts that something may go to, by name, or by name and port.
struct AllowedHosts: Sendable {
    /// Nil: any.
    private let hosts: Set<AllowedHost>?

    static let any = AllowedHosts([])

    /// - Parameter texts: None: any host. What is no host, which the server refuses to start with, allows none.
    init(_ texts: [String]) { hosts = texts.isEmpty ? nil : Set(texts.compactMap { AllowedHost($0) }) }

    func allow(_ url: HTTPURL) -> Bool {
        guard let hosts else { return true }
        return hosts.contains(AllowedHost(url.host, nil)) || hosts.contains(AllowedHost(url.host, url.port))
    }
}

/// A host as the authority of a URL writes it: `example.com`, `10.0.0.7:8080`, `[::1]:8080`.
struct AllowedHost: Sendable, Hashable {
    private let host: String
    /// Nil: any.
    private let port: UInt16?

    /// Nil when the text is no host.
    init?(_ text: String) {
        guard let parts = try? HTTPURL.hostAndPort(of: text[...], in: text) else { return nil }
        self.init(parts.host, parts.port)
    }

    /// - Parameter host: Lower-cased; an IPv6 address without its brackets, in any spelling.
    fileprivate init(_ host: String, _ port: UInt16?) {
        self.host = host.contains(":") ? SocketAddress(host, port: 0)?.host ?? host : host
        self.port = port
    }
}
