import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire

/// What the answer to a request of the server's own means to the step (PROTOCOL §3.2).
enum GatewayAnswer {
    /// Any status is a result: `{"data":{"body","headers","status_code","url"}}`.
    static func memo(_ response: HTTPClientResponse, from url: HTTPURL) -> RawJSON {
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
        return Memo.data(CanonicalJSON.stored(writer.json.slice).json)
    }

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
    static func inference(_ response: HTTPClientResponse, hiding secret: String?, at now: Timestamp) -> CallOutcome {
        let json = try? RawJSON(validating: response.body)
        guard response.status.code <= 299, let json else {
            let after = RetryAfter.span(response.headers["Retry-After"], at: now)
            return .failed(
                error: failure(response, json, hiding: secret).json, retry: after.map { .at(.after($0)) } ?? .standard)
        }
        return .fetched(memo: Memo.data(CanonicalJSON.stored(json.slice).json))
    }

    /// Of what a provider says, as much as a person needs.
    private static let detailBytesMax = 65_536

    private static func failure(
        _ response: HTTPClientResponse, _ json: RawJSON?, hiding secret: String?
    ) -> StepwellWire.ErrorObject {
        let what =
            response.status.code <= 299
            ? "The provider's answer is not JSON." : "The provider answered \(response.status)."
        var text = String(decoding: response.body.prefix(detailBytesMax), as: UTF8.self)
        if let secret { text = text.replacing(secret, with: GatewayOptions.redaction) }
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
