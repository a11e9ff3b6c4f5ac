import StepwellModel

/// Registration and introspection: PROTOCOL 2.1, 2.3 and 2.4.
extension Serve {
    func register(_ request: ServeRequest) async throws(StepwellError) -> ServeResponse {
        let isInBand = request.header("X-Inngest-Sync-Kind") == "in_band" && settings.allowsInBandSync
        // Whoever can make the app register an address of their choice would get its calls.
        if isInBand || !hasOrigin { try verify(request) }
        let registration = Registration(app: app, url: url(request))
        if isInBand {
            return response(200, inBand(registration), [("X-Inngest-Sync-Kind", "in_band")])
        }
        do throws(StepwellError) {
            let outcome = try await registration.send(
                keys: keys, serverKind: request.header("X-Inngest-Server-Kind"), deployID: request.query("deployId"))
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("message", "Successfully registered")
            writer.member("modified", outcome.isModified)
            writer.endObject()
            return response(200, writer.bytes, [("X-Inngest-Sync-Kind", "out_of_band")])
        } catch {
            return refusal(500, error, [("X-Inngest-Sync-Kind", "out_of_band")])
        }
    }

    private func inBand(_ registration: Registration) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.member("app_id", app.id)
        writer.member("capabilities", Registration.capabilities)
        writer.member("env", settings.branch.map { JSONValue.string($0).raw } ?? .null)
        writer.member("framework", SDKIdentity.framework)
        registration.writeFunctions(to: &writer)
        writer.key("inspection")
        Introspection(serve: self, isAuthenticated: keys.areRequired, url: registration.url).write(to: &writer)
        writer.member("platform", SDKIdentity.platform)
        writer.member("sdk_author", "inngest")
        writer.member("sdk_language", SDKIdentity.language)
        writer.member("sdk_version", SDKIdentity.version)
        writer.member("sdk", SDKIdentity.registration)
        writer.member("url", registration.url)
        writer.endObject()
        return writer.bytes
    }

    func introspect(_ request: ServeRequest) throws(StepwellError) -> ServeResponse {
        try verify(request)
        var writer = JSONWriter(capacity: 1_024)
        Introspection(serve: self, isAuthenticated: keys.areRequired, url: url(request)).write(to: &writer)
        return response(200, writer.bytes)
    }
}
