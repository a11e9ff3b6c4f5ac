/// The syntax of cron schedules: five fields, a zone perhaps in front (PROTOCOL §5). Only the form is checked here.
///
/// As in robfig/cron: `*` or `?`, numbers, names of months and days, ranges, steps, lists. No seconds, no `@daily`.
package enum CronSyntax {
    package static let countMax = 255

    private struct Field {
        let name: String
        let range: ClosedRange<Int>
        var names: [String] = []
    }

    private static let fields = [
        Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23),
        Field(name: "day of month", range: 1...31),
        Field(
            name: "month", range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        Field(name: "day of week", range: 0...6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    /// What is wrong with a schedule, to follow the name of its field in a sentence; nil when its form is right.
    package static func problem(with schedule: String) -> String? {
        guard schedule.unicodeScalars.count <= countMax else { return "is longer than \(countMax) characters" }
        var words = schedule.split(separator: " ").map(String.init)
        if let first = words.first, let zone = zone(in: first) {
            guard isZoneName(zone) else { return "has no zone behind TZ=; name one such as TZ=Europe/Paris" }
            words.removeFirst()
        }
        guard words.first?.hasPrefix("@") != true else {
            return "must have five fields; descriptors such as @daily are not accepted"
        }
        guard words.count == fields.count else {
            return "must have five fields (minute, hour, day of month, month, day of week), found \(words.count)"
        }
        for (field, word) in zip(fields, words) {
            for part in word.split(separator: ",", omittingEmptySubsequences: false) where !isValid(String(part), field)
            {
                let range = "\(field.range.lowerBound) to \(field.range.upperBound)"
                return
                    "has \"\(part)\" as its \(field.name); write *, numbers from \(range), ranges, steps or lists of them"
            }
        }
        return nil
    }

    private static func zone(in word: String) -> Substring? {
        for prefix in ["TZ=", "CRON_TZ="] where word.hasPrefix(prefix) { return word.dropFirst(prefix.count) }
        return nil
    }

    private static func isZoneName(_ name: Substring) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_+-/".contains($0)) }
    }

    /// `*`, `n`, `n-m`, each perhaps with `/step`.
    private static func isValid(_ part: String, _ field: Field) -> Bool {
        let sides = part.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard sides.count <= 2 else { return false }
        if sides.count == 2 { guard let step = number(sides[1]), step > 0 else { return false } }
        if sides[0] == "*" || sides[0] == "?" { return true }
        let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false).map { value(String($0), field) }
        switch ends.count {
        case 1: return ends[0] != nil
        case 2:
            guard let from = ends[0], let to = ends[1] else { return false }
            return from <= to
        default: return false
        }
    }

    private static func value(_ text: String, _ field: Field) -> Int? {
        if let index = field.names.firstIndex(of: text.lowercased()) { return field.range.lowerBound + index }
        return number(text).flatMap { field.range.contains($0) ? $0 : nil }
    }

    private static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy { $0 &- 0x30 < 10 } ? Int(text) : nil
    }
}
