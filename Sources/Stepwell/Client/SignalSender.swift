import StepwellModel
import StepwellWire

/// Posts signals: PROTOCOL 4.4.
///
/// A signal carries no id by which a server could tell a repetition, so it is posted once: what goes wrong is told.
struct SignalSender {
    static let nameBytesMax = 1_024

    let client: Client

    /// The id of the run that received it; nil when no run waits for it.
    func send(_ name: String, data: RawJSON) async throws(StepwellError) -> String? {
        try Self.check(name)
        let settings = try client.settings.get()
        let keys = try SigningKeys(settings)
        var writer = JSONWriter(capacity: data.count + 64)
        writer.beginObject()
        writer.member("data", data)
        writer.member("signal", name)
        writer.endObject()
        let body = writer.bytes
        let headers = SDKIdentity.headers(settings)
        let response: Transport.Response
        do {
            response = try await keys.authorized { (authorization) throws(Transport.Failure) in
                try await client.transport.response(
                    .init(url: "\(settings.apiURL)/v1/signals", headers: headers + authorization, body: body))
            }
        } catch {
            throw StepwellError(
                .serverUnreachable,
                "the server at \(settings.apiURL) cannot be reached: \(error.reason). Whether the signal arrived is "
                    + "unknown.")
        }
        return try Self.runID(response)
    }

    static func check(_ name: String) throws(StepwellError) {
        guard !name.isEmpty, name.utf8.count <= nameBytesMax else {
            throw StepwellError(
                .signalRefused,
                "the name of a signal has 1 to \(nameBytesMax) bytes; this one has \(name.utf8.count)")
        }
    }

    private static func runID(_ response: Transport.Response) throws(StepwellError) -> String? {
        let json = try? RawJSON(validating: response.body)
        if response.status == 200, let id = json?["data"]?["run_id"]?.string { return id }
        if response.status == 404, let json, isUnwanted(json) { return nil }
        let reason = json?["error"]?.string ?? String(decoding: response.body.prefix(200), as: UTF8.self)
        throw StepwellError(
            .signalRefused, "the server refused the signal: \(reason) (status \(response.status))")
    }

    /// Whether a 404 says that no run waits. One of a proxy, or of a server without signals, says nothing of the kind:
    /// a Stepwell server numbers what it means, and others answer with the published envelope, `{"error","status"}`.
    private static func isUnwanted(_ answer: RawJSON) -> Bool {
        if let code = answer["code"] { return code.string == "SW0510" }
        return answer["error"]?.string != nil && answer["status"]?.integer == 404
    }
}
