import StepwellWire

/// A step's id on the wire: SHA-1 of its name, or of `name:n` for its nth repetition. PROTOCOL 3.3.
struct StepHash: Sendable, Equatable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt32

    init(of text: String) {
        let digest = SecureHash.sha1(text)
        first = digest[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        second = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        third = digest[16..<20].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads 40 hexadecimal digits; nil for anything else.
    init?(hex: ArraySlice<UInt8>) {
        guard hex.count == 40 else { return nil }
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        for (index, code) in hex.enumerated() {
            let digit: UInt8
            switch code {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = code - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = code - UInt8(ascii: "a") + 10
            default: return nil
            }
            switch index {
            case 0..<16: words.0 = words.0 << 4 | UInt64(digit)
            case 16..<32: words.1 = words.1 << 4 | UInt64(digit)
            default: words.2 = words.2 << 4 | UInt32(digit)
            }
        }
        (first, second, third) = words
    }

    init?(hex: String) { self.init(hex: Array(hex.utf8)[...]) }

    /// 40 hexadecimal digits.
    var hex: String {
        let digits: [UInt8] = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 40) { buffer in
            for index in 0..<16 {
                buffer[index] = digits[Int(first >> UInt64(60 - 4 * index) & 15)]
                buffer[16 + index] = digits[Int(second >> UInt64(60 - 4 * index) & 15)]
            }
            for index in 0..<8 { buffer[32 + index] = digits[Int(third >> UInt32(28 - 4 * index) & 15)] }
            return 40
        }
    }
}

extension StepHash: Hashable {
    /// A digest's bits are as good as random: the first 64 are enough.
    func hash(into hasher: inout Hasher) { hasher.combine(first) }
}
