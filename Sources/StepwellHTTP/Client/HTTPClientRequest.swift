/// A request to send.
package struct HTTPClientRequest: Sendable {
    package var method: HTTPMethod
    package var url: HTTPURL
    /// `Host`, `Content-Length` and `Connection` are the client's to write. A request without an `Accept-Encoding` of its own
    /// asks for gzip and deflate, and its answer comes decoded; one that names it gets the body as it was sent.
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// From the call to the last byte of the answer. Default: 60 s.
    package var timeout: Duration = .seconds(60)
    /// For name look-up, TCP and TLS together. Default: 10 s.
    package var connectTimeout: Duration = .seconds(10)
    /// The largest body taken, before and after decoding. Default: 8 MiB.
    package var responseBytesMax = 8 << 20

    package init(
        method: HTTPMethod, url: HTTPURL, headers: HTTPHeaders = [:], body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// What forbids to send it; nil when nothing does.
    var fault: HTTPClientError? {
        guard headers.isWellFormed else {
            return .invalidRequest(
                "A header name is not a token, or a header value holds a line end or another control.")
        }
        return nil
    }

    var asksForCodings: Bool { !headers.contains("Accept-Encoding") }
}

/// A complete answer, of whatever status.
package struct HTTPClientResponse: Sendable {
    package var status: HTTPStatus
    /// Without `Content-Encoding` and `Content-Length` when the body was decoded.
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package init(status: HTTPStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// What holds for all requests of a client.
package struct HTTPClientConfiguration: Sendable {
    /// Connections to one origin at a time; further requests wait in order. Default: 256.
    package var connectionsPerOriginMax = 256
    /// How long a connection without a request is kept. Default: 30 s.
    package var idleTimeout: Duration = .seconds(30)
    /// A kept connection that breaks within this time after a request went out, before any byte of an answer, was most likely
    /// closed by the peer before the request came: the request is sent again, once. Later it may have been worked on, and
    /// sending it again would be wrong. Default: 1 s.
    package var staleConnectionWindow: Duration = .seconds(1)
    /// Bytes of an answer's status line and header section. Default: 64 KiB.
    package var headBytesMax = 65_536
    /// A PEM file of certificate authorities in place of the system's.
    package var certificateAuthorityFile: String?
    /// Whether an address may be connected to; asked after the name look-up, for every address. Default: all.
    package var addressPolicy: @Sendable (SocketAddress) -> Bool = { _ in true }

    package init() {}
}
