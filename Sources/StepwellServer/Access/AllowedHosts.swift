import StepwellHTTP

/// The only hosts that something may go to, by name, or by name and port.
struct AllowedHosts: Sendable {
    /// Empty: any.
    private let hosts: Set<String>

    static let any = AllowedHosts([])

    init(_ hosts: [String]) { self.hosts = Set(hosts.map { $0.lowercased() }) }

    func allow(_ url: HTTPURL) -> Bool {
        hosts.isEmpty || hosts.contains(url.host) || hosts.contains("\(url.host):\(url.port)")
    }
}
