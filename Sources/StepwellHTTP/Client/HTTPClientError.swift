/// Why a request has no answer.
package enum HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The request cannot be sent as it is; the text says what to change.
    case invalidRequest(String)
    /// The caller took it back, or the client or its loop was stopped.
    case cancelled
    /// The host's name has no address.
    case nameNotFound(String)
    /// Nobody listens there.
    case connectionRefused(String)
    /// No connection within the time allowed for it.
    case connectTimeout
    /// No connection for another reason, such as an unreachable network.
    case connectFailed(String)
    /// Every address of the host is one that the policy refuses; this is the first.
    case addressRefused(SocketAddress)
    /// No trusted TLS connection: certificate, name or protocol.
    case tlsFailed(String)
    /// No complete answer within the total time.
    case timeout
    /// The peer closed or reset the connection, or vanished, before the answer was complete.
    case connectionClosed(answerBegan: Bool)
    /// The body, after decoding, is larger than the request allows.
    case responseTooLarge(bytesMax: Int)
    /// Status line and header section are larger than the client allows.
    case responseHeadTooLarge(bytesMax: Int)
    /// What came is not HTTP/1.1, or its content coding is broken.
    case malformedResponse(String)

    package var description: String {
        switch self {
        case .invalidRequest(let reason): reason
        case .cancelled: "The request was cancelled."
        case .nameNotFound(let host): "The host name \(host) has no address: check its spelling and the DNS."
        case .connectionRefused(let address): "Connection refused by \(address): is the program there running?"
        case .connectTimeout: "No connection within the time allowed for connecting."
        case .connectFailed(let reason): "No connection: \(reason)."
        case .addressRefused(let address): "The address \(address.host) may not be called (address policy)."
        case .tlsFailed(let reason): "No trusted TLS connection: \(reason)."
        case .timeout: "No complete answer within the time allowed."
        case .connectionClosed(answerBegan: false): "The connection was closed before an answer came."
        case .connectionClosed(answerBegan: true): "The connection was closed in the middle of the answer."
        case .responseTooLarge(let bytesMax): "The answer is larger than the \(bytesMax) bytes allowed."
        case .responseHeadTooLarge(let bytesMax):
            "The answer's header section is larger than the \(bytesMax) bytes allowed."
        case .malformedResponse(let reason): "The answer is not valid HTTP: \(reason)."
        }
    }
}
