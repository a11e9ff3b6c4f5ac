/// Base 64 with the standard alphabet and padding (RFC 4648, section 4).
enum Base64 {
    /// Nil for anything but whole groups of four characters; line ends are skipped, as Go does.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for code in text.utf8 where code != 0x0A && code != 0x0D {
            if code == UInt8(ascii: "=") {
                padding += 1
            } else {
                guard padding == 0, let digit = digit(of: code) else { return nil }
                bits = bits << 6 | digit
                count += 1
                guard count % 4 == 0 else { continue }
                bytes += [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
                bits = 0
            }
        }
        switch (count % 4, padding) {
        case (0, 0): break
        case (2, 2): bytes.append(UInt8(bits >> 4 & 0xFF))
        case (3, 1): bytes += [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)]
        default: return nil
        }
        return bytes
    }

    private static func digit(of code: UInt8) -> UInt32? {
        switch code {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(code - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(code - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(code - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
