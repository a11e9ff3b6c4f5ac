import StepwellModel
import StepwellWire

/// Registration and introspection: PROTOCOL 2.1, 2.3 and 2.4.
extension Serve {
    func register(_ request: ServeRequest) async throws(StepwellError) -> ServeResponse {
        let asked = request.header(Header.syncKind).flatMap { SyncKind(rawValue: $0) }
        let isInBand = asked == .inBand && settings.allowsInBandSync
        // Whoever can make the app register an address of their choice would get its calls.
        if isInBand || !hasFixedURL { try verify(request) }
        let registration = Registration(app: app, url: url(request))
        guard !isInBand else {
            return response(200, inBand(registration), [(Header.syncKind, SyncKind.inBand.rawValue)])
        }
        let kind = [(name: Header.syncKind, value: SyncKind.outOfBand.rawValue)]
        do throws(StepwellError) {
            let outcome = try await registration.send(
                keys: keys, serverKind: request.header(Header.serverKind), deployID: request.query("deployId"))
            let reply = SyncReply(message: "Successfully registered", isModified: outcome.isModified)
            return response(200, reply.bytes, kind)
        } catch {
            return refusal(500, error, kind)
        }
    }

    private func inBand(_ registration: Registration) -> [UInt8] {
        let details = details(url: registration.url)
        return InBandSync.encode(
            platform: SDKIdentity.platform, url: registration.url, functions: registration.functions,
            introspection: introspection(keys.areRequired ? details : nil), details: details)
    }

    func introspect(_ request: ServeRequest) throws(StepwellError) -> ServeResponse {
        try verify(request)
        return response(200, introspection(keys.areRequired ? details(url: url(request)) : nil).json.bytes)
    }

    /// - Parameter details: what only the server may know.
    private func introspection(_ details: Introspection.Details?) -> Introspection {
        Introspection(
            functionCount: functionCount, hasEventKey: settings.eventKey != nil,
            hasSigningKey: settings.signingKey != nil, mode: settings.isDev ? .development : .cloud, details: details)
    }

    private func details(url: String) -> Introspection.Details {
        let place = ServeURL(url)
        return Introspection.Details(
            apiOrigin: settings.apiURL, appID: app.id, capabilities: Registration.capabilities,
            environment: settings.branch, eventAPIOrigin: settings.eventURL,
            eventKeyHash: settings.eventKey.map { Hex.encode(SecureHash.sha256($0)) }, framework: SDKIdentity.framework,
            isStreaming: streams, sdkLanguage: SDKIdentity.language, sdkVersion: SDKIdentity.version,
            serveOrigin: place.origin, servePath: place.path,
            signingKeyHash: settings.signingKey.map(Self.abbreviatedHash),
            signingKeyFallbackHash: settings.signingKeyFallback.map(Self.abbreviatedHash))
    }

    /// The first twelve digits of SHA-256: enough to compare by, too few to guess from.
    private static func abbreviatedHash(_ key: String) -> String {
        String(Hex.encode(SecureHash.sha256(key)).prefix(12))
    }
}
