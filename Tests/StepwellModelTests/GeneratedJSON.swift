import StepwellModel

/// Makes JSON texts out of a seed: the same seed always gives the same text.
struct GeneratedJSON {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// A value as a tree; every number in it survives the way through a double.
    mutating func value(depth: Int = 0) -> JSONValue {
        switch below(depth > 5 ? 6 : 8) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(truncatingIfNeeded: next()) >> (11 + below(50)))
        case 3: return .double(double())
        case 4, 5: return .string(string())
        case 6: return .array((0..<below(6)).map { _ in value(depth: depth + 1) })
        default: return .object(JSONObject((0..<below(6)).map { _ in (string(), value(depth: depth + 1)) }))
        }
    }

    /// Any finite double: mostly ordinary ones, sometimes any bits at all.
    private mutating func double() -> Double {
        if below(2) == 0 { return Double(below(2_000_000) - 1_000_000) / Double([1, 2, 10, 100, 1_000, 3][below(6)]) }
        let value = Double(bitPattern: next())
        return value.isFinite ? value : 0.5
    }

    private mutating func string() -> String {
        let scalars: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x00...0x1F, 0xA0...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFD, 0x1_0000...0x10_FFFF,
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<below(12) {
            let range = scalars[below(3) == 0 ? below(scalars.count) : 0]
            if let scalar = Unicode.Scalar(range.lowerBound + UInt32(below(range.count))) { text.append(scalar) }
        }
        return String(text)
    }

    /// The value written in one of its many ways: spaces, escapes, member order, number forms.
    mutating func text(of value: JSONValue) -> String {
        let space = ["", "", "", " ", "\n", "\t\r "]
        switch value {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return below(4) == 0 ? "\(number).0" : "\(number)"
        case .double(let number): return below(4) == 0 ? "\(number)".uppercased() : "\(number)"
        case .string(let string): return quoted(string)
        case .array(let elements):
            let parts = elements.map { space[below(6)] + text(of: $0) + space[below(6)] }
            return "[\(space[below(6)])" + parts.joined(separator: ",") + "]"
        case .object(let object):
            var members = object.members
            for index in members.indices { members.swapAt(index, below(members.count)) }
            let parts = members.map {
                "\(space[below(6)])\(quoted($0.name))\(space[below(6)]):\(space[below(6)])\(text(of: $0.value))"
            }
            return "{\(space[below(6)])" + parts.joined(separator: ",") + "}"
        }
    }

    private mutating func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || below(8) == 0 {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: below(2) == 0)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
