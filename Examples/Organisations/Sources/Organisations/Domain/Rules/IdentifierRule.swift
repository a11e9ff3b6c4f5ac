/// What the system's identifiers look like: 1…64 letters, digits, `-` and `_` of ASCII.
enum IdentifierRule {
    static let lengthMax = 64

    static func allows(_ text: String) -> Bool {
        1...lengthMax ~= text.utf8.count && text.utf8.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
