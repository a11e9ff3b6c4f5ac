import StepwellModel
import StepwellWire

/// What an app says of itself when it registers: PROTOCOL 2.1 and 2.3.
struct Registration: Sendable {
    let app: App
    /// Where the server reaches the app, without a query.
    let url: String

    static let capabilities = RawJSON(#"{"in_band_sync":"v1","trust_probe":"v1"}"#)

    var functions: [FunctionConfiguration] {
        app.functions.flatMap { $0.configurations(app: app.id, url: url) }
    }

    /// The body of `POST /fn/register`.
    func body(deployID: String?) -> [UInt8] {
        RegisterRequest.encode(
            url: url, sdk: SDKIdentity.registration, framework: SDKIdentity.framework, appName: app.id,
            deployID: deployID, capabilities: Self.capabilities, functions: functions)
    }

    /// Registers the app with the server.
    ///
    /// - Parameters:
    ///   - serverKind: which kind of server asked for it, so that another one refuses.
    ///   - deployID: passed on as it came.
    /// - Returns: whether the server learned anything new, and what it has to say about it.
    func send(
        keys: SigningKeys, serverKind: String? = nil, deployID: String? = nil
    ) async throws(StepwellError) -> (isModified: Bool, warnings: [String]) {
        let settings = try app.client.settings.get()
        let address = settings.apiURL + "/fn/register" + (deployID.map { "?deployId=\(Self.encoded($0))" } ?? "")
        let headers = Self.headers(settings, serverKind: serverKind)
        let response: Transport.Response
        do {
            response = try await keys.authorized { (authorization) throws(Transport.Failure) in
                try await app.client.transport.response(
                    .init(url: address, headers: headers + authorization, body: body(deployID: deployID)))
            }
        } catch {
            throw StepwellError(
                .serverUnreachable, "the server at \(settings.apiURL) cannot be reached: \(error.reason)")
        }
        switch RegisterReply(status: response.status, body: response.body) {
        case .accepted(let isModified, _, _, let warnings): return (isModified, warnings)
        case .refused(let status, _, let message, _):
            throw StepwellError(.registrationRefused, "\(address) refused the app: \(message) (status \(status))")
        }
    }

    /// Percent-encodes all but letters, digits, '-', '.', '_' and '~' (RFC 3986, section 2.3).
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            let isPlain = character.isASCII && (character.isLetter || character.isNumber || "-._~".contains(character))
            return isPlain ? String(character) : "%" + Hex.encode([byte]).uppercased()
        }.joined()
    }

    private static func headers(_ settings: ClientSettings, serverKind: String?) -> [(String, String)] {
        var headers = SDKIdentity.headers(settings)
        headers.append((Header.framework, SDKIdentity.framework))
        headers.append((Header.platform, SDKIdentity.platform))
        headers.append((Header.syncKind, SyncKind.outOfBand.rawValue))
        if let serverKind { headers.append((Header.expectedServerKind, serverKind)) }
        return headers
    }
}
