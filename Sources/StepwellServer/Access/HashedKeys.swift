import StepwellWire

/// Secrets of which only the hashes are kept, compared in constant time.
struct HashedKeys: Sendable {
    private let hashes: [[UInt8]]

    init(_ keys: [String]) { hashes = keys.map { SecureHash.sha256($0) } }

    var isEmpty: Bool { hashes.isEmpty }

    /// Whether `key` is one of them. Looks at all, so that the time does not tell which one was nearly right.
    func accept(_ key: String) -> Bool {
        let hash = SecureHash.sha256(key)
        var isKnown = false
        for known in hashes where SecureHash.areEqual(known, hash) { isKnown = true }
        return isKnown
    }
}
