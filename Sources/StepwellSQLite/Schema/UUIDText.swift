import StepwellCore

extension UUIDBytes {
    /// 36 characters, in lower case: how ids of apps and functions stand in the file and in SDK requests.
    var text: String {
        let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return parts.map { String(decoding: digits[$0], as: UTF8.self) }.joined(separator: "-")
    }

    init?(text: String) {
        let digits = text.filter { $0 != "-" }
        guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    private static func hexadecimal(_ value: UInt64) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return stride(from: 60, through: 0, by: -4).map { digits[Int(value >> UInt64($0) & 15)] }
    }
}
