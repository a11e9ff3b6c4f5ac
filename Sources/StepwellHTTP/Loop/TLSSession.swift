import COpenSSL

/// The TLS side of one accepted connection: sealed bytes in and out, plain bytes on the other side. Used on its loop's thread
/// only. It never touches the socket: OpenSSL reads from and writes to memory.
final class TLSSession {
    enum Step {
        case data(Int)
        /// More sealed bytes are needed.
        case wait
        /// The peer said that it is done.
        case end
        case failed
    }

    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// Nil when OpenSSL has no memory.
    init?(_ context: TLSContext) {
        guard let session = SSL_new(context.context) else { return nil }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            return nil
        }
        self.session = session
        self.incoming = incoming
        self.outgoing = outgoing
        // The session owns both from here on.
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_accept_state(session)
    }

    deinit { SSL_free(session) }

    /// Whether the handshake is complete, so that bytes may be sealed.
    var isEstablished: Bool { SSL_is_init_finished(session) == 1 }

    /// Takes what the socket brought.
    func receive(_ bytes: UnsafeRawBufferPointer) {
        // Memory takes it all, or the process is out of memory, and reading then fails.
        BIO_write(incoming, bytes.baseAddress, Int32(clamping: bytes.count))
    }

    /// Plain bytes out of what was received; the handshake goes on by the way.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        ERR_clear_error()
        let count = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        if count > 0 { return .data(Int(count)) }
        switch SSL_get_error(session, count) {
        case SSL_ERROR_WANT_READ: return .wait
        case SSL_ERROR_ZERO_RETURN: return .end
        default:
            ERR_clear_error()
            return .failed
        }
    }

    /// Seals plain bytes; false when the session is broken.
    func write(_ bytes: [UInt8]) -> Bool {
        ERR_clear_error()
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                SSL_write(session, $0.baseAddress?.advanced(by: start), Int32(clamping: bytes.count - start))
            }
            guard count > 0 else { return false }
            start += Int(count)
        }
        return true
    }

    /// Tells the peer that nothing follows.
    func end() {
        ERR_clear_error()
        SSL_shutdown(session)
    }

    /// Moves the sealed bytes that the socket must send.
    func takeSealed(into output: inout [UInt8]) {
        let pending = BIO_ctrl_pending(outgoing)
        guard pending > 0 else { return }
        output.append(addingCapacity: Int(pending)) { buffer in
            max(0, Int(BIO_read(outgoing, buffer.baseAddress, Int32(clamping: buffer.count))))
        }
    }
}

extension [UInt8] {
    /// Appends what `fill` writes: it returns how many of the bytes are good.
    fileprivate mutating func append(addingCapacity count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) {
        let start = self.count
        append(contentsOf: repeatElement(0, count: count))
        let written = withUnsafeMutableBytes { fill(UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
        removeLast(count - written)
    }
}
