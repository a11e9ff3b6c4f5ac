import StepwellModel

/// What an app tells about itself on `GET` (PROTOCOL §2.4).
package struct Introspection: Sendable, Hashable {
    package static let schemaVersion = "2024-05-24"

    /// What only a request that proves the signing key is told.
    package struct Details: Sendable, Hashable {
        package var apiOrigin: String
        package var appID: String
        package var capabilities: RawJSON
        package var environment: String?
        package var eventAPIOrigin: String
        /// SHA-256 of the key's text, in hexadecimal.
        package var eventKeyHash: String?
        package var framework: String
        package var isStreaming: Bool
        package var sdkLanguage: String
        package var sdkVersion: String
        package var serveOrigin: String?
        package var servePath: String?
        /// The first 12 digits of the key's hash.
        package var signingKeyHash: String?
        package var signingKeyFallbackHash: String?

        package init(
            apiOrigin: String, appID: String, capabilities: RawJSON = .emptyObject, environment: String? = nil,
            eventAPIOrigin: String, eventKeyHash: String? = nil, framework: String, isStreaming: Bool = false,
            sdkLanguage: String, sdkVersion: String, serveOrigin: String? = nil, servePath: String? = nil,
            signingKeyHash: String? = nil, signingKeyFallbackHash: String? = nil
        ) {
            self.apiOrigin = apiOrigin
            self.appID = appID
            self.capabilities = capabilities
            self.environment = environment
            self.eventAPIOrigin = eventAPIOrigin
            self.eventKeyHash = eventKeyHash
            self.framework = framework
            self.isStreaming = isStreaming
            self.sdkLanguage = sdkLanguage
            self.sdkVersion = sdkVersion
            self.serveOrigin = serveOrigin
            self.servePath = servePath
            self.signingKeyHash = signingKeyHash
            self.signingKeyFallbackHash = signingKeyFallbackHash
        }
    }

    package var functionCount: Int
    package var hasEventKey: Bool
    package var hasSigningKey: Bool
    package var mode: ServerKind
    package var details: Details?

    package init(functionCount: Int, hasEventKey: Bool, hasSigningKey: Bool, mode: ServerKind, details: Details? = nil)
    {
        self.functionCount = functionCount
        self.hasEventKey = hasEventKey
        self.hasSigningKey = hasSigningKey
        self.mode = mode
        self.details = details
    }

    package var json: RawJSON {
        var writer = JSONWriter(capacity: 768)
        writer.beginObject()
        writer.key("extra")
        writer.beginObject()
        if let details { writer.member("is_streaming", details.isStreaming) }
        writer.member("native_crypto", true)
        writer.endObject()
        writer.member("function_count", functionCount)
        writer.member("has_event_key", hasEventKey)
        writer.member("has_signing_key", hasSigningKey)
        writer.member("mode", mode.rawValue)
        writer.member("schema_version", Self.schemaVersion)
        details?.write(to: &writer)
        writer.endObject()
        return writer.json
    }
}

extension Introspection.Details {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("authentication_succeeded", true)
        writer.member("api_origin", apiOrigin)
        writer.member("app_id", appID)
        writer.member("capabilities", capabilities)
        writer.member(nullable: "env", environment)
        writer.member("event_api_origin", eventAPIOrigin)
        writer.member(nullable: "event_key_hash", eventKeyHash)
        writer.member("framework", framework)
        writer.member("sdk_language", sdkLanguage)
        writer.member("sdk_version", sdkVersion)
        writer.member(nullable: "serve_origin", serveOrigin)
        writer.member(nullable: "serve_path", servePath)
        writer.member(nullable: "signing_key_fallback_hash", signingKeyFallbackHash)
        writer.member(nullable: "signing_key_hash", signingKeyHash)
    }
}
