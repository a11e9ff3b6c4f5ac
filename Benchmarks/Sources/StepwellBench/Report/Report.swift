import FoundationEssentials

/// Shows figures as they come, and keeps them for `bench.json`.
struct Report {
    private(set) var figures: [Figure] = []

    static let heading =
        padded("figure", 34) + padded("value", 14, alignsRight: true) + "  " + padded("unit", 14)
        + padded("target", 14, alignsRight: true) + "  reached"

    mutating func add(_ new: [Figure]) {
        figures += new
        for figure in new { Console.line(Self.line(figure)) }
    }

    /// Whether every target was reached.
    var isReached: Bool { figures.allSatisfy { $0.isReached ?? true } }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(figures).write(to: URL(filePath: path))
    }

    private static func line(_ figure: Figure) -> String {
        let target = figure.target.map { "\(figure.better == .higher ? "≥" : "≤") \(text($0))" } ?? "–"
        let reached = figure.isReached.map { $0 ? "yes" : "NO" } ?? ""
        return padded(figure.name, 34) + padded(text(figure.value), 14, alignsRight: true) + "  "
            + padded(figure.unit, 14) + padded(target, 14, alignsRight: true) + "  " + reached
    }

    /// Whole numbers in groups of three, small ones with as many decimals as tell something.
    private static func text(_ value: Double) -> String {
        guard value.magnitude < 100 else { return grouped(Int(value.rounded())) }
        let scale: Double = value.magnitude < 1 ? 1_000 : 100
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func grouped(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    private static func padded(_ text: String, _ width: Int, alignsRight: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return alignsRight ? space + text : text + space
    }
}
