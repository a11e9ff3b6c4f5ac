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

    /// Without the user's name and password, and without the values of parameters that may be secrets.
    package static func redacted(url: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let place = withoutUser(String(parts[0]))
        guard parts.count == 2 else { return place }
        let items = parts[1].split(separator: "&", omittingEmptySubsequences: false).map { item in
            let name = item.prefix { $0 != "=" }
            let lower = name.lowercased()
            return secretWords.contains { lower.contains($0) } ? "\(name)=\(redaction)" : String(item)
        }
        return "\(place)?\(items.joined(separator: "&"))"
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
