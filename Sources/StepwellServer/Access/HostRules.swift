import StepwellHTTP

/// Under which names the server may be asked for what is not an SDK's business.
///
/// An address is always one of them: only a name can be made to lead here by someone else.
struct HostRules: Sendable {
    private let names: Set<String>

    /// - Parameter names: Without ports.
    init(names: [String]) { self.names = Set(names.map { $0.lowercased() }) }

    /// - Parameter host: A Host header's value, its port included.
    func allow(_ host: String) -> Bool {
        let name = Self.withoutPort(host).lowercased()
        return names.contains(name) || Self.isLoopback(name) || SocketAddress(name, port: 0) != nil
    }

    static func isLoopback(_ name: String) -> Bool {
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        return SocketAddress(name, port: 0)?.isLoopback == true
    }

    private static func withoutPort(_ host: String) -> Substring {
        if host.hasPrefix("["), let bracket = host.firstIndex(of: "]") {
            return host[host.index(after: host.startIndex)..<bracket]
        }
        return host.prefix { $0 != ":" }
    }
}
