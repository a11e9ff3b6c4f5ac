import StepwellHTTP

/// The name or address of a machine, as requests and URLs write it, without a port.
struct HostName: Sendable, Hashable {
    /// In lower case; an IPv6 address without its brackets.
    let text: String

    init(_ text: String) { self.text = text.lowercased() }

    /// Reads `name`, `name:port` or `[address]:port`.
    init(authority: some StringProtocol) {
        if authority.hasPrefix("[") {
            self.init(String(authority.dropFirst().prefix { $0 != "]" }))
        } else {
            self.init(String(authority.prefix { $0 != ":" }))
        }
    }

    /// The name in a URL.
    init(url: String) { self.init(authority: ServeURL(url).origin.drop { $0 != "/" }.drop { $0 == "/" }) }

    var isLoopback: Bool {
        text == "localhost" || text.hasSuffix(".localhost") || SocketAddress(text, port: 0)?.isLoopback ?? false
    }
}
