import StepwellModel
import StepwellWire

/// What an app tells about itself when asked: PROTOCOL 2.4.
struct Introspection {
    let serve: Serve
    /// Whether the one who asks has proven to be the server.
    let isAuthenticated: Bool
    let url: String

    func write(to writer: inout JSONWriter) {
        let settings = serve.settings
        writer.beginObject()
        writer.key("extra")
        writer.beginObject()
        writer.member("native_crypto", true)
        if isAuthenticated { writer.member("is_streaming", serve.streams) }
        writer.endObject()
        writer.member("has_event_key", settings.eventKey != nil)
        writer.member("has_signing_key", settings.signingKey != nil)
        writer.member("function_count", serve.functionCount)
        writer.member("mode", settings.isDev ? "dev" : "cloud")
        writer.member("schema_version", "2024-05-24")
        if isAuthenticated { writeAuthenticated(settings, to: &writer) }
        writer.endObject()
    }

    private func writeAuthenticated(_ settings: ClientSettings, to writer: inout JSONWriter) {
        writer.member("authentication_succeeded", true)
        writer.member("api_origin", settings.apiURL)
        writer.member("app_id", serve.app.id)
        writer.member("capabilities", Registration.capabilities)
        Self.write("env", settings.branch, to: &writer)
        writer.member("event_api_origin", settings.eventURL)
        Self.write("event_key_hash", settings.eventKey.map(Self.hash), to: &writer)
        writer.member("framework", SDKIdentity.framework)
        writer.member("sdk_language", SDKIdentity.language)
        writer.member("sdk_version", SDKIdentity.version)
        let origin = ServeURL(url)
        writer.member("serve_origin", origin.origin)
        writer.member("serve_path", origin.path)
        Self.write("signing_key_hash", settings.signingKey.map(Self.hash), to: &writer)
        Self.write("signing_key_fallback_hash", settings.signingKeyFallback.map(Self.hash), to: &writer)
    }

    private static func write(_ name: StaticString, _ text: String?, to writer: inout JSONWriter) {
        writer.member(name, text.map { JSONValue.string($0).raw } ?? .null)
    }

    /// The first twelve digits of SHA-256: enough to compare by, too few to guess from.
    private static func hash(_ key: String) -> String {
        String(Hex.encode(SecureHash.sha256(key)).prefix(12))
    }
}
