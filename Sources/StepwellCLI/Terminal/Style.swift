/// Colours for people, nothing for programs.
struct Style: Sendable {
    enum Ink: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case cyan = "36"
    }

    var isOn: Bool

    static let plain = Style(isOn: false)

    func paint(_ text: String, _ ink: Ink?) -> String {
        guard isOn, let ink, !text.isEmpty else { return text }
        return "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m"
    }

    func bold(_ text: String) -> String { paint(text, .bold) }
    func dim(_ text: String) -> String { paint(text, .dim) }
}

/// Text that came from elsewhere, made fit to be shown.
enum Shown {
    /// Control characters written out, so that no event or error can move the cursor or recolour the terminal.
    static func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": safe += "\\n"
            case "\r": safe += "\\r"
            case "\t": safe += "\\t"
            case _ where isControl(scalar): safe += "\\u{\(String(scalar.value, radix: 16))}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    /// Controls of ASCII and of Latin-1, and the marks that turn the direction of text.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// At most `columns` characters, cut in the middle of nothing that matters: the end is replaced by `…`.
    static func cut(_ text: String, to columns: Int) -> String {
        text.count <= columns ? text : text.prefix(max(columns - 1, 0)) + "…"
    }

    /// As ``cut(_:to:)`` for text that is painted already: escape sequences take no column.
    static func fit(_ text: String, to columns: Int?) -> String {
        let characters = marked(text)
        guard let columns, characters.count(where: \.isVisible) > columns else { return text }
        var left = columns - 1
        var fitting = ""
        for (character, isVisible) in characters where !isVisible || left > 0 {
            fitting.append(character)
            if isVisible { left -= 1 }
        }
        return fitting + "…"
    }

    /// Which characters are seen, and which belong to a sequence from escape to letter.
    private static func marked(_ text: String) -> [(character: Character, isVisible: Bool)] {
        var isEscape = false
        return text.map { character in
            if character == "\u{1B}" { isEscape = true }
            defer { if isEscape, character.isLetter { isEscape = false } }
            return (character, !isEscape)
        }
    }

    static func padded(_ text: String, to columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - text.count))
    }
}
