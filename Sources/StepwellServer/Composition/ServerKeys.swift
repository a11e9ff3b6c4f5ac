import StepwellHTTP
import StepwellWire

/// The keys that a configuration gives, checked: `start` does not run without them.
struct ServerKeys: Sendable {
    let kind: ServerKind
    /// The first signs; all are accepted.
    let signing: [SigningKey]

    init(_ configuration: ServerConfiguration) throws(ServerError) {
        kind = configuration.mode == .dev ? .development : .cloud
        if configuration.mode == .start { try Self.checkPresence(configuration) }
        var keys: [SigningKey] = []
        for text in [configuration.signingKey, configuration.signingKeyFallback] {
            guard let text else { continue }
            do throws(SigningKey.Problem) {
                keys.append(try SigningKey(text))
            } catch {
                throw ServerError(.signingKeyNeeded, "\(error)")
            }
        }
        // In dev the protocol signs nothing: SDKs there have no key.
        signing = configuration.mode == .dev ? [] : keys
    }

    private static func checkPresence(_ configuration: ServerConfiguration) throws(ServerError) {
        guard configuration.eventKeys.contains(where: { !$0.isEmpty }) else {
            throw ServerError(
                .eventKeyNeeded, "an event key is needed: give one with --event-key; make it with: openssl rand -hex 16"
            )
        }
        guard configuration.signingKey != nil else {
            throw ServerError(
                .signingKeyNeeded,
                "a signing key is needed: give one with --signing-key; make it with: openssl rand -hex 32")
        }
        guard configuration.operatorToken?.isEmpty == false else {
            throw ServerError(.tokenNeeded, "a token for the operator's routes is needed, and none was made or given")
        }
    }
}

extension AccessRules {
    init(_ configuration: ServerConfiguration, _ keys: ServerKeys) {
        let isAddressOfLoopback = SocketAddress(configuration.host, port: 0)?.isLoopback == true
        self.init(
            kind: keys.kind, eventKeys: HashedKeys(configuration.eventKeys.filter { !$0.isEmpty }),
            signingKeys: keys.signing, token: configuration.operatorToken.map { HashedKeys([$0]) },
            isExposed: !isAddressOfLoopback && configuration.host != "localhost",
            origins: OriginRules(listed: configuration.allowedOrigins),
            hosts: HostRules(names: configuration.allowedHosts + [configuration.host]))
    }
}
