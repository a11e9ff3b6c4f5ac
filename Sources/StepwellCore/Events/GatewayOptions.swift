import StepwellModel

/// The options of a request that the server makes, as people may see them.
///
/// Secrets are left out by what is allowed, not by what is forbidden: of the headers only those that never carry one are shown
/// with their values.
package enum GatewayOptions {
    package static let redaction = "(redacted)"

    /// Headers, in lower case, whose values are shown, and kept when a redirect leads to another origin.
    package static let harmlessHeaders: Set<String> = [
        "accept", "accept-language", "anthropic-version", "cache-control", "content-language", "content-type",
        "user-agent",
    ]
    /// A query parameter whose name contains one of these may be a secret.
    private static let secretWords = ["key", "token", "secret", "sig", "pass", "auth", "cred", "code", "session"]

    /// Headers of answers, in lower case, whose values are URLs.
    private static let locationHeaders: Set<String> = ["content-location", "location", "refresh"]
    /// Headers of answers, in lower case, that hand out secrets.
    private static let grantingHeaders: Set<String> = ["set-cookie", "set-cookie2"]

    package static func redacted(_ options: RawJSON) -> RawJSON {
        guard options.kind == .object else { return options }
        var json = JSONWriter(capacity: options.count + 64)
        json.beginObject()
        options.slice.forEachMember { name, value in
            json.key(name.string)
            switch name {
            case "auth_key": json.string(redaction)
            case "headers": write(headers: value, to: &json)
            case "url": json.string(redacted(url: value.string ?? ""))
            default: json.raw(value)
            }
        }
        json.endObject()
        return json.json
    }

    private static func write(headers: JSONSlice, to json: inout JSONWriter) {
        json.beginObject()
        headers.forEachMember { name, value in
            json.key(name.string)
            if harmlessHeaders.contains(name.string.lowercased()) { json.raw(value) } else { json.string(redaction) }
        }
        json.endObject()
    }

    /// The result of a fetch, `{"body","headers","status_code","url"}`, without the secrets of the URLs that led to it.
    package static func redactedOutput(_ output: RawJSON) -> RawJSON {
        guard output.kind == .object else { return output }
        var json = JSONWriter(capacity: output.count + 64)
        json.beginObject()
        output.slice.forEachMember { name, value in
            json.key(name.string)
            switch name {
            case "headers": write(answeredHeaders: value, to: &json)
            case "url": json.string(redacted(url: value.string ?? ""))
            default: json.raw(value)
            }
        }
        json.endObject()
        return json.json
    }

    private static func write(answeredHeaders headers: JSONSlice, to json: inout JSONWriter) {
        json.beginObject()
        headers.forEachMember { name, value in
            json.key(name.string)
            let lower = name.string.lowercased()
            if grantingHeaders.contains(lower) {
                json.string(redaction)
            } else if locationHeaders.contains(lower) {
                json.string(redacted(url: value.string ?? ""))
            } else {
                json.raw(value)
            }
        }
        json.endObject()
    }

    /// Without the user's name and password, and without the values of parameters that may be secrets.
    package static func redacted(url: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let place = withoutUser(String(parts[0]))
        guard parts.count == 2 else { return place }
        let items = parts[1].split(separator: "&", omittingEmptySubsequences: false).map { item in
            isSecret(item) ? "\(item.prefix { $0 != "=" })=\(redaction)" : String(item)
        }
        return "\(place)?\(items.joined(separator: "&"))"
    }

    /// The values that ``redacted(url:)`` leaves out of the query.
    package static func secrets(inURL url: String) -> [String] {
        let query = url.prefix { $0 != "#" }.drop { $0 != "?" }.dropFirst()
        return query.split(separator: "&").filter(isSecret).compactMap { item in
            let value = item.drop { $0 != "=" }.dropFirst()
            return value.isEmpty ? nil : String(value)
        }
    }

    private static func isSecret(_ item: Substring) -> Bool {
        let name = item.prefix { $0 != "=" }.lowercased()
        return secretWords.contains { name.contains($0) }
    }

    private static func withoutUser(_ place: String) -> String {
        guard let at = place.lastIndex(of: "@") else { return place }
        let scheme = place.range(of: "://").map { place[..<$0.upperBound] } ?? ""
        return "\(scheme)\(redaction)@\(place[place.index(after: at)...])"
    }
}

extension String {
    /// Where a text occurs first.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
