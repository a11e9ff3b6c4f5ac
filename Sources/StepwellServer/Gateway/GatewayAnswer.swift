import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire

/// What the answer to a request of the server's own means to the step (PROTOCOL §3.2).
enum GatewayAnswer {
    /// Any status is a result: `{"data":{"body","headers","status_code","url"}}`.
    ///
    /// The function sees the URL whole; what people see of it is up to ``GatewayOptions/redactedOutput(_:)``.
    static func fetched(_ response: HTTPClientResponse, from url: HTTPURL) -> CallOutcome {
        var writer = JSONWriter(capacity: response.body.count + 512)
        writer.beginObject()
        writer.member("body", String(decoding: response.body, as: UTF8.self))
        writer.key("headers")
        writer.beginObject()
        for (name, value) in joined(response.headers) {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
        writer.member("status_code", response.status.code)
        writer.member("url", url.description)
        writer.endObject()
        return outcome(writer.json.slice, isInference: false)
    }

    /// A result takes part in the run's state, and escapes and replaced bytes may have made several times the answer of it.
    private static func outcome(_ result: JSONSlice, isInference: Bool) -> CallOutcome {
        let memo = Memo.data(CanonicalJSON.stored(result).json)
        guard memo.count > memoBytesMax else { return .fetched(memo: memo) }
        let problem = GatewayProblem(
            message: "The answer as a step's result has \(memo.count) bytes; the limit is \(memoBytesMax).",
            code: "output_too_large", isRetriable: false)
        return problem.outcome(isInference: isInference)
    }

    /// Of a step's result, as of every other one.
    private static let memoBytesMax = 4 << 20

    /// Values of one name in one text, as in a list; names compare without regard to case.
    private static func joined(_ headers: HTTPHeaders) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        var places: [String: Int] = [:]
        for (name, value) in headers {
            if let place = places[name.lowercased()] {
                fields[place].value += ",\(value)"
            } else {
                places[name.lowercased()] = fields.count
                fields.append((name, value))
            }
        }
        return fields
    }

    /// A provider's answer: JSON with a status up to 299 is the result, all else a failure that is tried again.
    static func inference(
        _ response: HTTPClientResponse, hiding secrets: [String], at now: Timestamp
    ) -> CallOutcome {
        let json = try? RawJSON(validating: response.body)
        guard response.status.code <= 299, let json else {
            let after = RetryAfter.span(response.headers["Retry-After"], at: now)
            return .failed(
                error: failure(response, json, hiding: secrets).json, retry: after.map { .at(.after($0)) } ?? .standard)
        }
        return outcome(json.slice, isInference: true)
    }

    /// Of what a provider says, as much as a person needs.
    private static let detailBytesMax = 65_536

    private static func failure(
        _ response: HTTPClientResponse, _ json: RawJSON?, hiding secrets: [String]
    ) -> StepwellWire.ErrorObject {
        let what =
            response.status.code <= 299
            ? "The provider's answer is not JSON." : "The provider answered \(response.status)."
        var text = String(decoding: response.body.prefix(detailBytesMax), as: UTF8.self)
        for secret in secrets { text = text.replacing(secret, with: GatewayOptions.redaction) }
        let isWhole = json != nil && response.body.count <= detailBytesMax
        let detail = (isWhole ? try? RawJSON(validating: Array(text.utf8)) : nil) ?? RawJSON(string: text)
        return StepwellWire.ErrorObject(
            name: "AIGatewayError", message: "\(ErrorCode.gatewayFailed.rawValue): \(what)",
            error: "unsuccessful_status_code", data: detail)
    }
}

extension RawJSON {
    fileprivate init(string text: String) {
        var writer = JSONWriter(capacity: text.utf8.count + 16)
        writer.string(text)
        self = writer.json
    }
}
