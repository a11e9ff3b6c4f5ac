import StepwellWire

/// Who we say we are.
enum SDKIdentity {
    static let language = "swift"
    static let version = "0.1.0"
    /// As headers have it.
    static let header = "stepwell-swift:v\(version)"
    /// As a registration has it. PROTOCOL 2.1.
    static let registration = "swift:v\(version)"
    static let framework = "stepwell"

    static func headers(_ settings: ClientSettings) -> [(String, String)] {
        var headers = [("Content-Type", "application/json"), (Header.sdk, header)]
        if let branch = settings.branch { headers.append((Header.environment, branch)) }
        return headers
    }
}

extension SDKIdentity {
    #if os(Linux)
        static let platform = "linux"
    #else
        static let platform = "macos"
    #endif
}
