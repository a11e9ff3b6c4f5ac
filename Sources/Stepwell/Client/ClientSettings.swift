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
        serveOrigin = variables["SERVE_ORIGIN"] ?? variables["SERVE_HOST"]
        servePath = variables["SERVE_PATH"]
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
        guard var text = self[name] else { return nil }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw invalid(name, text, "a URL that begins with http:// or https://")
        }
        while text.hasSuffix("/") { text.removeLast() }
        return text
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
        StepwellError(
            .environmentInvalid, "the environment variable INNGEST_\(name) is '\(found)'; expected \(expected)")
    }
}
