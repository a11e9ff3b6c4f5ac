/// The request line and the header section.
package struct HTTPRequestHead: Sendable {
    package var method: HTTPMethod
    /// The request target as it came: `/path?query`, `http://host/path?query` or `*`.
    package var target: String
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    package var minorVersion: Int
    package var headers: HTTPHeaders
    /// Who sent it, as the socket tells; nil when the connection was gone before it could be asked.
    package var peer: SocketAddress?
    /// What the server's `admit` hook found out about the request, for its handler.
    package var admission: (any AnyObject & Sendable)?

    package init(
        method: HTTPMethod, target: String, minorVersion: Int = 1, headers: HTTPHeaders = [:],
        peer: SocketAddress? = nil
    ) {
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.headers = headers
        self.peer = peer
    }

    /// The target from its first slash to its query, still percent-encoded; `/` when the target has no path.
    package var path: Substring {
        let (path, _) = pathAndQuery
        return path.isEmpty ? "/" : path
    }

    /// What follows the first `?`, still percent-encoded; nil without one.
    package var query: Substring? { pathAndQuery.query }

    private var pathAndQuery: (path: Substring, query: Substring?) {
        let origin = target.utf8.first == UInt8(ascii: "/") || target == "*" ? target[...] : afterAuthority
        guard let mark = origin.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (origin, nil) }
        return (origin[..<mark], origin[origin.utf8.index(after: mark)...])
    }

    private var afterAuthority: Substring {
        let utf8 = target.utf8
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")) else { return "/" }
        let rest = target[colon...].utf8.dropFirst(3)
        let isEnd: (UInt8) -> Bool = { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        guard let start = rest.firstIndex(where: isEnd) else { return "/" }
        return target[start...]
    }
}

/// A whole request, body included.
package struct HTTPRequest: Sendable {
    package var head: HTTPRequestHead
    package var body: [UInt8]

    package init(head: HTTPRequestHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }

    package var method: HTTPMethod { head.method }
    package var target: String { head.target }
    package var path: Substring { head.path }
    package var query: Substring? { head.query }
    package var headers: HTTPHeaders { head.headers }
}
