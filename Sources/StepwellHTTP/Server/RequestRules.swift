/// The rules of a request's header section that llhttp leaves to its user: methods, Host, transfer codings, expectations,
/// the bound of the body.
struct RequestRules {
    enum Verdict {
        case accepted(HTTPRequestHead, bodyBytesMax: Int, expectsContinue: Bool)
        case refused(HTTPStatus, headers: HTTPHeaders, body: [UInt8])
    }

    let parser: MessageParser
    let peer: SocketAddress?

    func check(_ configuration: HTTPServerConfiguration) -> Verdict {
        guard let method = HTTPMethod(rawValue: parser.methodCode) else { return refuse(501) }
        var head = HTTPRequestHead(
            method: method, target: parser.takeTarget(), minorVersion: parser.minorVersion,
            headers: parser.takeHeaders(), peer: peer)
        if let status = hostFault(head) ?? codingFault(head) { return refuse(status) }
        let expects = head.headers.contains("Expect")
        guard !expects || head.headers.lists("100-continue", in: "Expect") else { return refuse(417) }
        switch configuration.admit(head) {
        case .reject(let status, let headers, let body):
            return .refused(status, headers: headers, body: body)
        case .accept(let bound, let note):
            head.admission = note
            let bodyBytesMax = bound ?? configuration.bodyBytesMax
            if parser.hasContentLength, parser.contentLength > UInt64(max(0, bodyBytesMax)) { return refuse(413) }
            let hasBody = parser.isChunked || (parser.hasContentLength && parser.contentLength > 0)
            return .accepted(
                head, bodyBytesMax: bodyBytesMax, expectsContinue: expects && hasBody && head.minorVersion >= 1)
        }
    }

    private func refuse(_ status: HTTPStatus) -> Verdict { .refused(status, headers: [:], body: []) }

    /// Exactly one Host in HTTP/1.1, at most one in HTTP/1.0, and nothing in it that another server could read differently.
    private func hostFault(_ head: HTTPRequestHead) -> HTTPStatus? {
        let hosts = head.headers.values(of: "Host")
        guard hosts.count == 1 || (hosts.isEmpty && head.minorVersion == 0) else { return 400 }
        guard hosts.allSatisfy({ $0.utf8.allSatisfy(HTTPByte.isAuthority) }) else { return 400 }
        return nil
    }

    /// `chunked` alone is understood (RFC 9112, sections 6.1 and 6.3).
    private func codingFault(_ head: HTTPRequestHead) -> HTTPStatus? {
        let fields = head.headers.values(of: "Transfer-Encoding")
        guard parser.hasTransferCoding || !fields.isEmpty else { return nil }
        let codings = fields.flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }
        let chunked = codings.filter { HTTPByte.equalIgnoringCase($0, "chunked".utf8, trimming: true) }.count
        guard head.minorVersion >= 1, chunked <= 1 else { return 400 }
        guard codings.count == chunked else { return chunked == 1 && !parser.isChunked ? 400 : 501 }
        return parser.isChunked ? nil : 400
    }
}
