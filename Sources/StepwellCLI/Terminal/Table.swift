/// Columns of text, each as wide as its widest cell.
struct Table {
    struct Cell {
        var text: String
        var ink: Style.Ink?

        init(_ text: String, _ ink: Style.Ink? = nil) {
            self.text = Shown.safe(text)
            self.ink = ink
        }
    }

    var header: [String]
    var rows: [[Cell]] = []
    /// Which column gives way first when the terminal is too narrow.
    var flexible: [Int] = []

    /// One line for the header and each row, without trailing spaces.
    func lines(style: Style, columns: Int?) -> [String] {
        var widths = header.map(\.count)
        for row in rows {
            for (place, cell) in row.enumerated() { widths[place] = max(widths[place], cell.text.count) }
        }
        if let columns { shrink(&widths, to: columns) }
        let head = Self.line(header.map { Cell($0, .dim) }, widths, style)
        return [head] + rows.map { Self.line($0, widths, style) }
    }

    private func shrink(_ widths: inout [Int], to columns: Int) {
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - columns
        for place in flexible where excess > 0 {
            let given = min(excess, max(0, widths[place] - 12))
            widths[place] -= given
            excess -= given
        }
    }

    private static func line(_ cells: [Cell], _ widths: [Int], _ style: Style) -> String {
        var line = ""
        for (place, cell) in cells.enumerated() {
            let text = Shown.cut(cell.text, to: widths[place])
            line += style.paint(text, cell.ink)
            if place < cells.count - 1 { line += String(repeating: " ", count: widths[place] - text.count + 2) }
        }
        return String(line[...].trimmedEnd)
    }
}

extension Substring {
    var trimmedEnd: Substring {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
