/// Byte classes of RFC 9110 and 9112.
enum HTTPByte {
    static let space: UInt8 = 0x20
    static let tab: UInt8 = 0x09
    static let carriageReturn: UInt8 = 0x0d
    static let lineFeed: UInt8 = 0x0a
    static let lineEnd: [UInt8] = [carriageReturn, lineFeed]
    static let colonSpace: [UInt8] = [0x3a, space]

    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    static func isLetter(_ byte: UInt8) -> Bool { lowercased(byte) &- 0x61 < 26 }

    /// `tchar` of RFC 9110, section 5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        if isLetter(byte) || isDigit(byte) { return true }
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }

    /// Visible ASCII, space, tab and bytes above ASCII: no control character.
    static func isFieldContent(_ byte: UInt8) -> Bool { (byte >= space && byte != 0x7f) || byte == tab }

    /// What a Host value may hold: a name, an address in brackets, a port.
    static func isAuthority(_ byte: UInt8) -> Bool {
        if isLetter(byte) || isDigit(byte) { return true }
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "%"):
            return true
        default: return false
        }
    }

    static func equalIgnoringCase(
        _ left: some BidirectionalCollection<UInt8>, _ right: some Collection<UInt8>, trimming: Bool = false
    ) -> Bool {
        let blank: (UInt8) -> Bool = { trimming && ($0 == space || $0 == tab) }
        guard let start = left.firstIndex(where: { !blank($0) }), let end = left.lastIndex(where: { !blank($0) })
        else { return right.isEmpty }
        return left[start...end].lazy.map(lowercased).elementsEqual(right.lazy.map(lowercased))
    }
}
