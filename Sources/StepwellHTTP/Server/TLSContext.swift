import COpenSSL

/// A server's certificate and key: TLS 1.2 and 1.3, for all connections of one server.
///
/// `@unchecked Sendable`: an `SSL_CTX` is made here, never changed afterwards, and OpenSSL counts its users atomically.
package final class TLSContext: @unchecked Sendable {
    let context: OpaquePointer

    /// Reads a certificate chain and its private key, both PEM files; the key without a passphrase.
    package init(certificateFile: String, keyFile: String) throws(TLSError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TLSError.last("OpenSSL cannot be set up") }
        // What follows are macros in C: SSL_CTX_set_min_proto_version, SSL_OP_NO_RENEGOTIATION, SSL_MODE_RELEASE_BUFFERS.
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        SSL_CTX_set_options(context, UInt64(1) << 30)
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, 0x10, nil)
        let failure: String? =
            if SSL_CTX_use_certificate_chain_file(context, certificateFile) != 1 {
                "The certificate file \(certificateFile) cannot be used: it must be PEM, the server's certificate first"
            } else if SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) != 1 {
                "The key file \(keyFile) cannot be used: it must be PEM without a passphrase"
            } else if SSL_CTX_check_private_key(context) != 1 {
                "The key in \(keyFile) does not belong to the certificate in \(certificateFile)"
            } else {
                nil
            }
        guard let failure else {
            self.context = context
            return
        }
        let error = TLSError.last(failure)
        SSL_CTX_free(context)
        throw error
    }

    deinit { SSL_CTX_free(context) }
}

/// Why a certificate or key cannot be used.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    /// Adds OpenSSL's own reason.
    static func last(_ text: String) -> TLSError {
        var reason = [CChar](repeating: 0, count: 256)
        let code = ERR_get_error()
        ERR_error_string_n(code, &reason, reason.count)
        ERR_clear_error()
        let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return TLSError(description: code == 0 ? "\(text)." : "\(text) (\(String(decoding: bytes, as: UTF8.self))).")
    }
}
