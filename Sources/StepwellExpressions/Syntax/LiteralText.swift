import StepwellModel

/// Constants as source text.
enum LiteralText {
    /// Whether a constant can be written: types that have no literal, and doubles that are not finite, cannot.
    static func canWrite(_ value: Value) -> Bool {
        switch value {
        case .null, .bool, .int, .uint, .string, .bytes: true
        case .double(let number): number.isFinite
        case .list(.json), .map(.json): true
        case .list(.values(let elements)): elements.allSatisfy(canWrite)
        case .map(.entries(let entries)): entries.allSatisfy { canWrite($0.key) && canWrite($0.value) }
        case .unknown, .timestamp, .duration, .type, .error: false
        }
    }

    static func append(_ value: Value, to text: inout String) {
        switch value {
        case .string(let string): text += quoted(string)
        case .uint(let number): text += "\(number)u"
        case .double(let number): text += number.description
        case .bytes(let bytes): text += quoted(bytes)
        case .list(let list):
            text += "["
            for index in 0..<list.count {
                if index > 0 { text += ", " }
                append(list[index], to: &text)
            }
            text += "]"
        case .map(let map):
            text += "{"
            for (index, entry) in map.entries.enumerated() {
                if index > 0 { text += ", " }
                append(entry.key, to: &text)
                text += ": "
                append(entry.value, to: &text)
            }
            text += "}"
        case .null: text += "null"
        default: text += value.goText
        }
    }

    static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    text += "\\x" + hexadecimal(UInt8(scalar.value))
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        return text + "\""
    }

    private static func quoted(_ bytes: [UInt8]) -> String {
        "b\"" + bytes.map { "\\x" + hexadecimal($0) }.joined() + "\""
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0" + text : text
    }
}
