import StepwellHTTP
import StepwellWire

/// Looks for an app on the ports and paths where SDKs are usually served on a developer's machine (PROTOCOL §2.5).
///
/// What listens there may be anything: it is asked with a GET, which changes nothing, and only what answers as an SDK is
/// then asked to register.
final class AppDiscovery: Sendable {
    private let requester: AppRequester
    private let client: HTTPClient
    private let ports: [UInt16]

    private static let paths = [
        "/api/inngest", "/x/inngest", "/.netlify/functions/inngest", "/.redwood/functions/inngest",
    ]

    init(requester: AppRequester, ownPort: UInt16, ports: [UInt16]) {
        self.requester = requester
        self.ports = ports.filter { $0 != ownPort }
        var configuration = HTTPClientConfiguration()
        configuration.addressPolicy = { $0.isLoopback }
        client = HTTPClient(loop: requester.loop, configuration: configuration)
    }

    func look() {
        for port in ports { probe(Self.paths[...], of: port) }
    }

    private func probe(_ paths: ArraySlice<String>, of port: UInt16) {
        let scheme = port == 443 ? "https" : "http"
        guard let path = paths.first, let url = try? HTTPURL("\(scheme)://localhost:\(port)\(path)") else { return }
        var request = HTTPClientRequest(method: .get, url: url)
        request.timeout = .seconds(1)
        request.connectTimeout = .milliseconds(500)
        client.send(request) { [self] result in
            // Nobody listens, or what listens does not speak HTTP: no other path will do better.
            guard case .success(let response) = result else { return }
            if response.headers.contains(Header.sdk) {
                requester.ask(url.description)
            } else {
                probe(paths.dropFirst(), of: port)
            }
        }
    }
}
