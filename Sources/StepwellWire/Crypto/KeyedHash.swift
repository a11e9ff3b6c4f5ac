import COpenSSL
import Synchronization

/// HMAC-SHA-256 under one key, from any thread.
///
/// Contexts are kept, since setting one up costs four times what hashing a small body does. Each call takes one out of the
/// pool, so that large bodies of several threads do not wait for each other.
final class KeyedHash: Sendable {
    static let count = 32

    private let key: [UInt8]
    private let pool = Mutex<[Context]>([])

    init(key: [UInt8]) { self.key = key }

    deinit {
        pool.withLock { contexts in
            for context in contexts { EVP_MAC_CTX_free(context.pointer) }
        }
    }

    /// The hash of `parts` one after the other; nil when OpenSSL refuses to work (no memory, no SHA-256 in its build).
    func hash(_ parts: [UnsafeBufferPointer<UInt8>]) -> [UInt8]? {
        guard let context = pool.withLock({ $0.popLast() }) ?? Context(key: key) else { return nil }
        guard let hash = context.hash(parts) else {
            EVP_MAC_CTX_free(context.pointer)
            return nil
        }
        pool.withLock { $0.append(context) }
        return hash
    }
}

/// An OpenSSL context that knows its key.
///
/// `@unchecked Sendable` is safe: a context is either in the pool or in the hands of the one call that took it out.
private struct Context: @unchecked Sendable {
    let pointer: OpaquePointer

    init?(key: [UInt8]) {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { EVP_MAC_free(algorithm) }
        guard let pointer = EVP_MAC_CTX_new(algorithm) else { return nil }
        self.pointer = pointer
        guard begin(key: key) else {
            EVP_MAC_CTX_free(pointer)
            return nil
        }
    }

    private func begin(key: [UInt8]) -> Bool {
        // A parameter keeps the pointers to its name and its value.
        var digest = Array("SHA256".utf8CString)
        return "digest".withCString { name in
            digest.withUnsafeMutableBufferPointer { value in
                let parameters = [
                    OSSL_PARAM_construct_utf8_string(name, value.baseAddress, 0), OSSL_PARAM_construct_end(),
                ]
                return EVP_MAC_init(pointer, key, key.count, parameters) == 1
            }
        }
    }

    func hash(_ parts: [UnsafeBufferPointer<UInt8>]) -> [UInt8]? {
        // Without a key the context begins anew under the one it has.
        guard EVP_MAC_init(pointer, nil, 0, nil) == 1 else { return nil }
        for part in parts where EVP_MAC_update(pointer, part.baseAddress, part.count) != 1 { return nil }
        var isComplete = false
        let hash = [UInt8](unsafeUninitializedCapacity: KeyedHash.count) { output, count in
            isComplete = EVP_MAC_final(pointer, output.baseAddress, &count, KeyedHash.count) == 1
        }
        return isComplete ? hash : nil
    }
}
