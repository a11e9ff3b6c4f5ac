import StepwellHTTP

/// Which URLs of apps may be called.
///
/// Loopback and private addresses are where workers live; link-local ones and those of metadata services are where a
/// cloud keeps a machine's credentials, and nobody's worker is there. Names are looked up anew for every connection, and
/// the addresses that they have then are what counts.
struct AppURLRules: Sendable {
    private let hosts: AllowedHosts

    /// - Parameter hosts: The only ones allowed; none: any.
    init(hosts: [String]) { self.hosts = AllowedHosts(hosts) }

    /// Asked for every address before a connection is made to it, also on the way of a redirect.
    static func mayCall(_ address: SocketAddress) -> Bool { !address.isLinkLocal && !address.isMetadataService }

    func check(_ url: HTTPURL) throws(CallProblem) {
        if !hosts.allow(url) {
            throw .urlRefused("\(url.host) is not one of the hosts that apps may be on: add it with --app-host.")
        }
        if let address = SocketAddress(url.host, port: url.port), !Self.mayCall(address) {
            throw .urlRefused("The address \(url.host) may not be called: it is link-local or a metadata service.")
        }
    }
}
