import StepwellHTTP

/// Which pages may use the server from a browser: those of loopback and those listed.
struct OriginRules: Sendable {
    private let listed: Set<String>

    /// - Parameter listed: Origins such as `https://app.example.com`, without a path.
    init(listed: [String]) { self.listed = Set(listed.map { Self.normalized($0) }) }

    func allow(_ origin: String) -> Bool {
        if listed.contains(Self.normalized(origin)) { return true }
        guard let url = try? HTTPURL(origin) else { return false }
        return HostRules.isLoopback(url.host)
    }

    private static func normalized(_ origin: String) -> String {
        var origin = origin.lowercased()
        while origin.hasSuffix("/") { origin.removeLast() }
        return origin
    }
}
