/// The syntax of cron schedules: five fields, a zone perhaps in front (PROTOCOL §5).
///
/// As in robfig/cron: `*` or `?`, numbers, names of months and days, ranges, steps, lists. No seconds, no `@daily`.
/// `n/step` counts from n to the field's end.
package enum CronSyntax {
    package static let countMax = 255

    private struct Field {
        let name: String
        let range: ClosedRange<Int>
        var names: [String] = []
    }

    private static let minute = Field(name: "minute", range: 0...59)
    private static let hour = Field(name: "hour", range: 0...23)
    private static let day = Field(name: "day of month", range: 1...31)
    private static let month = Field(
        name: "month", range: 1...12,
        names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
    private static let weekday = Field(
        name: "day of week", range: 0...6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    /// What a schedule's text says: the name of its zone, nil when it has none, and its fields.
    package static func parse(_ schedule: String) throws(CronSyntaxError) -> (zone: String?, fields: CronFields) {
        guard schedule.unicodeScalars.count <= countMax else {
            throw CronSyntaxError("is longer than \(countMax) characters")
        }
        var words = schedule.split(separator: " ").map(String.init)
        let zone = words.first.flatMap(zone(in:))
        if let zone {
            guard isZoneName(zone) else {
                throw CronSyntaxError("has no zone behind TZ=; name one such as TZ=Europe/Paris")
            }
            words.removeFirst()
        }
        guard words.first?.hasPrefix("@") != true else {
            throw CronSyntaxError("must have five fields; descriptors such as @daily are not accepted")
        }
        guard words.count == 5 else {
            throw CronSyntaxError(
                "must have five fields (minute, hour, day of month, month, day of week), found \(words.count)")
        }
        return (zone.map(String.init), try fields(words))
    }

    /// What is wrong with a schedule, to follow the name of its field in a sentence; nil when its form is right.
    package static func problem(with schedule: String) -> String? {
        do throws(CronSyntaxError) {
            _ = try parse(schedule)
            return nil
        } catch {
            return error.problem
        }
    }

    private static func zone(in word: String) -> Substring? {
        for prefix in ["TZ=", "CRON_TZ="] where word.hasPrefix(prefix) { return word.dropFirst(prefix.count) }
        return nil
    }

    private static func isZoneName(_ name: Substring) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_+-/".contains($0)) }
    }

    private static func fields(_ words: [String]) throws(CronSyntaxError) -> CronFields {
        let minutes = try values(words[0], minute)
        let hours = try values(words[1], hour)
        let days = try values(words[2], day)
        let months = try values(words[3], month)
        let weekdays = try values(words[4], weekday)
        return CronFields(
            minutes: minutes.bits, hours: UInt32(hours.bits), days: UInt32(days.bits), months: UInt16(months.bits),
            weekdays: UInt8(weekdays.bits), isHourStarred: hours.isStarred,
            isDayStarred: days.isStarred && !days.isStepped,
            isWeekdayStarred: weekdays.isStarred && !weekdays.isStepped)
    }
}

/// Why a text is no cron schedule.
package struct CronSyntaxError: Error, Sendable, Hashable {
    /// To follow the name of what holds the schedule: `must have five fields…`.
    package let problem: String

    init(_ problem: String) { self.problem = problem }
}

// MARK: - One field

extension CronSyntax {
    /// What a field, or a part of its list, names.
    private struct Values {
        var bits: UInt64 = 0
        var isStarred = false
        /// Whether no star stands without a step of two or more.
        var isStepped = true

        mutating func formUnion(_ other: Values) {
            bits |= other.bits
            isStarred = isStarred || other.isStarred
            isStepped = isStepped && other.isStepped
        }
    }

    private static func values(_ word: String, _ field: Field) throws(CronSyntaxError) -> Values {
        var values = Values()
        for part in word.split(separator: ",", omittingEmptySubsequences: false) {
            guard let named = Self.values(ofPart: String(part), field) else {
                let range = "\(field.range.lowerBound) to \(field.range.upperBound)"
                throw CronSyntaxError(
                    "has \"\(part)\" as its \(field.name); write *, numbers from \(range), ranges, steps or lists of them"
                )
            }
            values.formUnion(named)
        }
        return values
    }

    /// `*`, `n`, `n-m`, each perhaps with `/step`; nil for anything else.
    private static func values(ofPart part: String, _ field: Field) -> Values? {
        let sides = part.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard sides.count <= 2 else { return nil }
        var step = 1
        if sides.count == 2 {
            guard let given = number(sides[1]), given > 0 else { return nil }
            step = given
        }
        let isStarred = sides[0] == "*" || sides[0] == "?"
        guard let range = isStarred ? field.range : range(sides[0], field, isOpen: sides.count == 2) else { return nil }
        var bits: UInt64 = 0
        // A step beyond the field's end names the first value alone, however large it is.
        for value in stride(from: range.lowerBound, through: range.upperBound, by: min(step, 64)) { bits |= 1 << value }
        return Values(bits: bits, isStarred: isStarred, isStepped: !isStarred || step > 1)
    }

    /// - Parameter isOpen: Whether a single number goes on to the field's end.
    private static func range(_ text: String, _ field: Field, isOpen: Bool) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { value(String($0), field) }
        guard let from = ends[0] else { return nil }
        switch ends.count {
        case 1: return from...(isOpen ? field.range.upperBound : from)
        case 2: return ends[1].flatMap { from <= $0 ? from...$0 : nil }
        default: return nil
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
