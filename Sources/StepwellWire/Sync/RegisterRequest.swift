import StepwellModel

/// What an SDK posts to `/fn/register`: an app and all its functions (PROTOCOL §2.1).
package struct RegisterRequest: Sendable, Hashable {
    package enum DeployType: String, Sendable, Hashable {
        case ping, connect
    }

    package static let version = "0.1"

    /// Where the app is called.
    package var url: String
    package var deployType: DeployType
    /// `lang:vX`, such as `swift:v0.1.0`.
    package var sdk: String
    package var framework: String?
    package var appName: String
    package var appVersion: String?
    package var deployID: String?
    package var idempotencyKey: String?
    package var capabilities: RawJSON
    package var functions: [RegisteredFunction]
    /// SHA-256 of the whole body without `featureObservations`, in hexadecimal: equal means nothing changed.
    package let checksum: String

    /// Why a registration is refused.
    package enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        case json(JSONError)
        case notAnObject
        case appNameMissing
        case url(String)
        case functionsMissing
        case functions([ConfigurationProblem])
        case repeatedFunction(String)

        /// The text that SDKs show.
        package var description: String {
            switch self {
            case .json(let error): "The registration is not JSON: \(error)"
            case .notAnObject: "The registration must be a JSON object"
            case .appNameMissing: "App ID required"
            case .url(let url): "The app's URL must be absolute and begin with http, https, ws or wss, found \"\(url)\""
            case .functionsMissing: "The registration must have an array \"functions\""
            case .functions(let problems):
                "At least one function is invalid: " + problems.map(\.description).joined(separator: "; ")
            case .repeatedFunction(let slug): "Two functions have the id \"\(slug)\"; ids must differ within an app"
            }
        }
    }

    /// Reads and checks a body; all broken rules of all functions are in the error.
    package init(parsing body: [UInt8]) throws(Problem) {
        let json: RawJSON
        do throws(JSONError) { json = try RawJSON(validating: body) } catch { throw .json(error) }
        guard json.kind == .object else { throw .notAnObject }
        // The Python SDK writes `appname`; the reference reads names in any case.
        appName = (json["appName"] ?? json["appname"])?.string ?? ""
        guard !appName.isEmpty else { throw .appNameMissing }
        deployType = json["deployType"]?.string.flatMap { DeployType(rawValue: $0.lowercased()) } ?? .ping
        let text = json["url"]?.string ?? ""
        guard let url = AppURL.normalized(text) ?? (deployType == .connect ? text : nil) else { throw .url(text) }
        self.url = url
        sdk = json["sdk"]?.string ?? ""
        framework = json["framework"]?.string
        appVersion = json["appVersion"]?.string
        deployID = json["deployId"]?.string
        idempotencyKey = json["idempotencyKey"]?.string
        capabilities = json["capabilities"].flatMap { $0.kind == .object ? $0.raw : nil } ?? .emptyObject
        functions = try Self.functions(json["functions"])
        checksum = Self.checksum(of: json)
    }

    package static func functions(_ value: JSONSlice?) throws(Problem) -> [RegisteredFunction] {
        guard let elements = value?.elements else {
            guard value?.isNull == true else { throw .functionsMissing }
            return []
        }
        var functions: [RegisteredFunction] = []
        var problems: [ConfigurationProblem] = []
        for (position, element) in elements.enumerated() {
            do throws(ConfigurationError) {
                functions.append(try RegisteredFunction(element, position: position))
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw .functions(problems) }
        var slugs: Set<String> = []
        for function in functions where !slugs.insert(function.configuration.slug).inserted {
            throw .repeatedFunction(function.configuration.slug)
        }
        return functions
    }

    private static func checksum(of json: RawJSON) -> String {
        var writer = JSONWriter(capacity: json.count)
        writer.beginObject()
        json.slice.forEachMember { name, value in
            if name == "featureObservations" { return }
            writer.key(name)
            writer.raw(value)
        }
        writer.endObject()
        // In canonical form, since some SDKs do not keep the order of members.
        return Hex.encode(SecureHash.sha256(CanonicalJSON(writer.json).json.bytes))
    }

    /// A body that an SDK sends.
    package static func encode(
        url: String, deployType: DeployType = .ping, sdk: String, framework: String, appName: String,
        appVersion: String? = nil, deployID: String? = nil, capabilities: RawJSON = .emptyObject,
        functions: [FunctionConfiguration]
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + functions.count * 512)
        writer.beginObject()
        writer.member("v", version)
        writer.member("url", url)
        writer.member("deployType", deployType.rawValue)
        writer.member("sdk", sdk)
        writer.member("framework", framework)
        writer.member("appName", appName)
        writer.member(optional: "appVersion", appVersion)
        writer.member(optional: "deployId", deployID)
        writer.member("capabilities", capabilities)
        writer.key("functions")
        writer.beginArray()
        for function in functions { function.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
