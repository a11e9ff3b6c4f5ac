import COpenSSL

/// The hashes that the protocol uses: SHA-1 for names, where nothing depends on its strength, and SHA-256 for keys.
package enum SecureHash {
    package static func sha1(_ bytes: some ByteSource) -> [UInt8] {
        digest(bytes, count: Int(SHA_DIGEST_LENGTH)) { _ = SHA1($0, $1, $2) }
    }

    package static func sha256(_ bytes: some ByteSource) -> [UInt8] {
        digest(bytes, count: Int(SHA256_DIGEST_LENGTH)) { _ = SHA256($0, $1, $2) }
    }

    private static func digest(
        _ bytes: some ByteSource, count: Int,
        _ hash: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?) -> Void
    ) -> [UInt8] {
        bytes.withBytes { input in
            [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
                hash(input.baseAddress, input.count, output.baseAddress)
                initialized = count
            }
        }
    }

    /// Compares in a time that depends on the lengths only.
    package static func areEqual(_ left: some ByteSource, _ right: some ByteSource) -> Bool {
        left.withBytes { left in
            right.withBytes { right in
                left.count == right.count && CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
            }
        }
    }
}
