/// An absolute `http` or `https` URL, split as a client needs it (RFC 3986; RFC 9110, section 4.2).
package struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: String, Sendable, Hashable {
        case http
        case https

        var defaultPort: UInt16 { self == .http ? 80 : 443 }
    }

    /// What two requests must have in common to share a connection.
    package struct Origin: Sendable, Hashable {
        package let scheme: Scheme
        package let host: String
        package let port: UInt16
    }

    package let origin: Origin
    /// Path and query, percent-encoded, beginning with a slash.
    package let target: String

    package var scheme: Scheme { origin.scheme }
    /// Lower-cased; an IPv6 address without its brackets.
    package var host: String { origin.host }
    package var port: UInt16 { origin.port }

    /// Reads a URL. A fragment is dropped; user names and passwords in URLs are refused.
    package init(_ text: String) throws(HTTPClientError) {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .invalidRequest("The URL \(text) holds spaces, control or non-ASCII characters: percent-encode them.")
        }
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
        guard let colon = parts.firstIndex(of: ":"), parts[colon...].hasPrefix("://"),
            let scheme = Scheme(rawValue: parts[..<colon].lowercased())
        else { throw .invalidRequest("The URL \(text) must begin with http:// or https://.") }
        let rest = parts[parts.index(colon, offsetBy: 3)...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let (host, port) = try Self.hostAndPort(of: rest[..<end], in: text)
        origin = Origin(scheme: scheme, host: host, port: port ?? scheme.defaultPort)
        let path = rest[end...]
        target = path.hasPrefix("/") ? String(path) : "/\(path)"
    }

    private init(origin: Origin, target: String) {
        self.origin = origin
        self.target = target
    }

    /// Splits what stands between a URL's scheme and its path; errors name `text`.
    package static func hostAndPort(
        of authority: Substring, in text: String
    ) throws(HTTPClientError) -> (host: String, port: UInt16?) {
        guard !authority.contains("@") else {
            throw .invalidRequest("The URL \(text) holds a user name: send an Authorization header instead.")
        }
        let host: Substring
        let portText: Substring
        if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<close]
            portText = authority[authority.index(after: close)...]
            guard SocketAddress(String(host), port: 0)?.isIPv6 == true else {
                throw .invalidRequest("The URL \(text) holds no valid IPv6 address in its brackets.")
            }
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = authority[..<colon]
            portText = authority[colon...]
        }
        let isAddress = host.contains(":")
        guard !host.isEmpty, isAddress || host.utf8.allSatisfy({ HTTPByte.isAuthority($0) && $0 != UInt8(ascii: "%") })
        else { throw .invalidRequest("The URL \(text) has no valid host.") }
        guard !portText.isEmpty, portText != ":" else { return (host.lowercased(), nil) }
        let digits = portText.dropFirst()
        guard portText.hasPrefix(":"), digits.utf8.allSatisfy(HTTPByte.isDigit), let port = UInt16(digits), port > 0
        else { throw .invalidRequest("The URL \(text) has no valid port: it must be 1 to 65535.") }
        return (host.lowercased(), port)
    }

    /// The URL that a `Location` header means when it answers this URL.
    package func resolving(_ reference: String) throws(HTTPClientError) -> HTTPURL {
        let reference = String(reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0])
        if reference.hasPrefix("//") { return try HTTPURL("\(scheme.rawValue):\(reference)") }
        if let colon = reference.firstIndex(of: ":"), reference[colon...].hasPrefix("://"),
            reference[..<colon].allSatisfy({ $0.isLetter })
        {
            return try HTTPURL(reference)
        }
        let base = "\(scheme.rawValue)://\(authority)"
        if reference.isEmpty { return self }
        if reference.hasPrefix("/") { return try HTTPURL(base + reference).withoutDotSegments }
        let path = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        if reference.hasPrefix("?") { return try HTTPURL(base + path + reference) }
        let directory = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return try HTTPURL(base + directory + reference).withoutDotSegments
    }

    /// RFC 3986, section 5.2.4.
    private var withoutDotSegments: HTTPURL {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let segments = parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var kept: [Substring] = []
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                kept = kept.dropLast()
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        let query = parts.count == 2 ? "?\(parts[1])" : ""
        return HTTPURL(origin: origin, target: "/" + kept.joined(separator: "/") + query)
    }

    /// Host and port as the Host header carries them.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port)"
    }

    package var description: String { "\(scheme.rawValue)://\(authority)\(target)" }
}
