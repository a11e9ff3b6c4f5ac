import StepwellModel

/// An app's answer to a signed `PUT` that asks for its functions at once (PROTOCOL §2.3).
package struct InBandSync: Sendable, Hashable {
    package var appID: String
    package var appVersion: String?
    package var capabilities: RawJSON
    package var environment: String?
    package var framework: String
    package var functions: [RegisteredFunction]
    package var platform: String?
    /// `lang:vX`.
    package var sdk: String
    package var url: String

    /// Reads and checks an app's answer.
    package init(parsing body: [UInt8]) throws(RegisterRequest.Problem) {
        let json: RawJSON
        do throws(JSONError) { json = try RawJSON(validating: body) } catch { throw .json(error) }
        guard json.kind == .object else { throw .notAnObject }
        appID = json["app_id"]?.string ?? ""
        guard !appID.isEmpty else { throw .appNameMissing }
        let text = json["url"]?.string ?? ""
        guard let url = AppURL.normalized(text) else { throw .url(text) }
        self.url = url
        appVersion = json["appVersion"]?.string
        capabilities = json["capabilities"].flatMap { $0.kind == .object ? $0.raw : nil } ?? .emptyObject
        environment = json["env"]?.string
        framework = json["framework"]?.string ?? ""
        platform = json["platform"]?.string
        sdk = json["sdk"]?.string ?? "\(json["sdk_language"]?.string ?? ""):v\(json["sdk_version"]?.string ?? "")"
        functions = try RegisterRequest.functions(json["functions"])
    }

    /// The answer that an app sends; its introspection goes along as `inspection`.
    package static func encode(
        appVersion: String? = nil, platform: String? = nil, url: String, functions: [FunctionConfiguration],
        introspection: Introspection, details: Introspection.Details
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024 + functions.count * 512)
        writer.beginObject()
        writer.member("app_id", details.appID)
        writer.member(nullable: "appVersion", appVersion)
        writer.member("capabilities", details.capabilities)
        writer.member(nullable: "env", details.environment)
        writer.member("framework", details.framework)
        writer.key("functions")
        writer.beginArray()
        for function in functions { function.write(to: &writer) }
        writer.endArray()
        writer.member("inspection", introspection.json)
        writer.member(nullable: "platform", platform)
        writer.member("sdk_author", "inngest")
        writer.member("sdk_language", details.sdkLanguage)
        writer.member("sdk_version", details.sdkVersion)
        writer.member("sdk", "\(details.sdkLanguage):v\(details.sdkVersion)")
        writer.member("url", url)
        writer.endObject()
        return writer.bytes
    }
}
