import StepwellModel

/// What an app says of itself when it registers: PROTOCOL 2.1.
struct Registration: Sendable {
    let app: App
    /// Where the server reaches the app, without a query.
    let url: String

    static let capabilities = RawJSON(#"{"in_band_sync":"v1","trust_probe":"v1"}"#)

    var functions: [FunctionConfiguration] {
        app.functions.flatMap { FunctionConfiguration.all(of: $0, app: app.id, url: url) }
    }

    /// The body of `POST /fn/register`.
    var body: [UInt8] {
        var writer = JSONWriter(capacity: 512 * (functions.count + 1))
        writer.beginObject()
        writer.member("v", "0.1")
        writer.member("url", url)
        writer.member("deployType", "ping")
        writer.member("sdk", SDKIdentity.registration)
        writer.member("framework", SDKIdentity.framework)
        writer.member("appName", app.id)
        writer.member("capabilities", Self.capabilities)
        writeFunctions(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    func writeFunctions(to writer: inout JSONWriter) {
        writer.key("functions")
        writer.beginArray()
        for function in functions { function.write(to: &writer) }
        writer.endArray()
    }

    /// What came of a registration.
    struct Outcome: Sendable {
        let isModified: Bool
    }

    /// Registers the app with the server.
    ///
    /// - Parameters:
    ///   - serverKind: which kind of server asked for it, so that another one refuses.
    ///   - deployID: passed on as it came.
    func send(
        keys: SigningKeys, serverKind: String? = nil, deployID: String? = nil
    ) async throws(StepwellError) -> Outcome {
        let settings = try app.client.settings.get()
        var headers = SDKIdentity.headers(settings)
        headers.append(("X-Inngest-Framework", SDKIdentity.framework))
        headers.append(("X-Inngest-Platform", SDKIdentity.platform))
        headers.append(("X-Inngest-Sync-Kind", "out_of_band"))
        if let serverKind { headers.append(("X-Inngest-Expected-Server-Kind", serverKind)) }
        let query = deployID.map { "?deployId=\($0)" } ?? ""
        let address = "\(settings.apiURL)/fn/register\(query)"
        let response: Transport.Response
        do {
            response = try await keys.authorized { [headers] (authorization) throws(Transport.Failure) in
                try await app.client.transport.response(
                    .init(url: address, headers: headers + authorization, body: body))
            }
        } catch {
            throw StepwellError(
                .serverUnreachable, "the server at \(settings.apiURL) cannot be reached: \(error.reason)")
        }
        return try Self.outcome(response, of: address)
    }

    private static func outcome(_ response: Transport.Response, of address: String) throws(StepwellError) -> Outcome {
        let json = try? RawJSON(validating: response.body)
        guard response.status == 200, let json, (json["status"]?.integer ?? 200) < 400 else {
            let reason = json?["error"]?.string ?? String(decoding: response.body.prefix(200), as: UTF8.self)
            throw StepwellError(
                .registrationRefused, "\(address) refused the app: \(reason) (status \(response.status))")
        }
        return Outcome(isModified: json["modified"]?.bool ?? false)
    }
}
