/// A header value of the form `name; parameter=value; other="quoted value"`.
struct MediaType {
    /// In lower case.
    let name: String
    private let parameters: [(name: String, value: String)]

    init(_ text: String) {
        var parts: [String] = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == ";", !isQuoted { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        name = Self.trimmed(parts[0]).lowercased()
        parameters = parts.dropFirst().compactMap { part in
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2 else { return nil }
            var value = Self.trimmed(String(sides[1]))
            if value.count >= 2, value.first == "\"", value.last == "\"" {
                value = String(value.dropFirst().dropLast())
            }
            return (Self.trimmed(String(sides[0])).lowercased(), value)
        }
    }

    func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let front = text.drop(while: isSpace)
        return String(front.reversed().drop(while: isSpace).reversed())
    }
}
