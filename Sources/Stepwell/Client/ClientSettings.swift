#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a client is to do, from its arguments and the environment: PROTOCOL 9.2. An argument wins over a variable, and
/// `STEPWELL_…` over `INNGEST_…`.
struct ClientSettings: Sendable {
    var isDev = false
    var eventKey: String?
    var signingKey: String?
    var signingKeyFallback: String?
    var branch: String?
    var apiURL = Self.defaultURL
    var eventURL = Self.defaultURL
    var serveOrigin: String?
    var servePath: String?
    var streams = false
    var allowsInBandSync = true
    var logLevel = Log.Level.info

    static let defaultURL = "http://127.0.0.1:8288"

    /// Reads the variables `environment`.
    init(environment: [String: String]) throws(StepwellError) {
        let variables = Variables(environment: environment)
        eventKey = variables["EVENT_KEY"]
        signingKey = variables["SIGNING_KEY"]
        signingKeyFallback = variables["SIGNING_KEY_FALLBACK"]
        branch = variables["ENV"]
        serveOrigin = try variables.url("SERVE_HOST")
        serveOrigin = try variables.url("SERVE_ORIGIN") ?? serveOrigin
        servePath = try variables.path("SERVE_PATH")
        streams = try variables.flag("STREAMING") ?? false
        allowsInBandSync = try variables.flag("ALLOW_IN_BAND_SYNC") ?? true
        logLevel = try variables.logLevel() ?? .info
        try readMode(variables)
        if let base = try variables.url("BASE_URL") { (apiURL, eventURL) = (base, base) }
        apiURL = try variables.url("API_BASE_URL") ?? apiURL
        eventURL = try variables.url("EVENT_API_BASE_URL") ?? eventURL
    }

    /// `DEV` says yes, no, or where the dev server is.
    private mutating func readMode(_ variables: Variables) throws(StepwellError) {
        guard let text = variables["DEV"] else { return }
        if text.contains("://") {
            let url = try variables.url("DEV") ?? Self.defaultURL
            (isDev, apiURL, eventURL) = (true, url, url)
        } else {
            isDev = try variables.flag("DEV") ?? false
        }
    }
}

extension ClientSettings {
    /// `text` without slashes at its end.
    ///
    /// - Parameter source: where it was given, such as `the client's baseURL`.
    static func url(_ text: String, from source: String) throws(StepwellError) -> String {
        let url = withoutSlashes(text)
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw invalid(text, from: source, "a URL that begins with http:// or https://")
        }
        return url
    }

    /// `text`, which must begin with a slash, without slashes at its end.
    static func path(_ text: String, from source: String) throws(StepwellError) -> String {
        guard text.hasPrefix("/") else { throw invalid(text, from: source, "a path that begins with /") }
        let path = withoutSlashes(text)
        return path.isEmpty ? "/" : path
    }

    private static func withoutSlashes(_ text: String) -> String {
        var text = text[...]
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }

    fileprivate static func invalid(_ found: String, from source: String, _ expected: String) -> StepwellError {
        StepwellError(.environmentInvalid, "\(source) is '\(found)'; expected \(expected)")
    }
}

extension ClientSettings: CustomStringConvertible, CustomReflectable {
    /// Never the keys.
    var description: String { "ClientSettings(\(isDev ? "dev" : "cloud"), \(apiURL))" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// The variables of an environment that are ours, by the name behind the prefix.
private struct Variables {
    let environment: [String: String]

    subscript(name: String) -> String? {
        let text = environment["STEPWELL_\(name)"] ?? environment["INNGEST_\(name)"]
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    func flag(_ name: String) throws(StepwellError) -> Bool? {
        guard let text = self[name] else { return nil }
        switch text.lowercased() {
        case "1", "true", "yes", "on", "force", "allow": return true
        case "0", "false", "no", "off": return false
        default: throw invalid(name, text, "1 or 0")
        }
    }

    func url(_ name: String) throws(StepwellError) -> String? {
        guard let text = self[name] else { return nil }
        return try ClientSettings.url(text, from: Self.source(name))
    }

    func path(_ name: String) throws(StepwellError) -> String? {
        guard let text = self[name] else { return nil }
        return try ClientSettings.path(text, from: Self.source(name))
    }

    func logLevel() throws(StepwellError) -> Log.Level? {
        guard let text = self["LOG_LEVEL"] else { return nil }
        switch text.lowercased() {
        case "debug": return .debug
        case "info": return .info
        case "warn", "warning": return .warning
        case "error", "fatal", "silent": return .error
        default: throw invalid("LOG_LEVEL", text, "debug, info, warning or error")
        }
    }

    private func invalid(_ name: String, _ found: String, _ expected: String) -> StepwellError {
        ClientSettings.invalid(found, from: Self.source(name), expected)
    }

    private static func source(_ name: String) -> String { "the environment variable INNGEST_\(name)" }
}
