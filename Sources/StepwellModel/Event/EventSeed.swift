/// The header `X-Inngest-Event-Id-Seed`: gives a repeated request the same event ids (PROTOCOL §1.5).
package struct EventSeed: Sendable, Hashable {
    package let time: Timestamp
    private let entropyHigh: UInt16
    private let entropyLow: UInt64

    /// Reads `<milliseconds>,<base 64 of 10 bytes>`; nil for anything else, which the protocol ignores without a word.
    package init?(header text: some StringProtocol) {
        guard let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")), let milliseconds = UInt64(text[..<comma]),
            milliseconds < 1 << 48, let entropy = Base64.decode(text[text.index(after: comma)...]), entropy.count == 10
        else { return nil }
        self.init(time: Timestamp(milliseconds: Int64(milliseconds)), entropy: entropy)
    }

    /// A seed of the first 10 bytes of `entropy`, to be sent.
    package init?(time: Timestamp, entropy: [UInt8]) {
        guard entropy.count >= 10 else { return nil }
        self.time = time
        entropyHigh = UInt16(entropy[0]) << 8 | UInt16(entropy[1])
        entropyLow = entropy[2..<10].reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var header: String {
        let high = [UInt8(entropyHigh >> 8), UInt8(truncatingIfNeeded: entropyHigh)]
        let low = (0..<8).map { UInt8(truncatingIfNeeded: entropyLow >> UInt64(56 - 8 * $0)) }
        return "\(time.milliseconds),\(Base64.encode(high + low))"
    }

    /// The id of the event at `index` (from 0) of the request: the last four bytes are raised by its position from 1.
    package func id(at index: Int) -> ULID {
        let counter = UInt32(truncatingIfNeeded: entropyLow) &+ UInt32(truncatingIfNeeded: index + 1)
        return ULID(time: time, entropyHigh: entropyHigh, entropyLow: entropyLow & ~0xFFFF_FFFF | UInt64(counter))
    }
}
