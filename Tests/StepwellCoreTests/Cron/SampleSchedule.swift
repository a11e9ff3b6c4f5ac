import StepwellModel

/// A schedule as text and, made beside it and not from it, as sets of numbers.
struct SampleSchedule {
    struct Field {
        var text: String
        var values: Set<Int>
        var hasStar: Bool
        var isOnlyStar: Bool { text == "*" || text == "?" }

        /// - Parameter wanted: A value that should often be among those named.
        init(_ range: ClosedRange<Int>, near wanted: Int, _ numbers: inout SeededNumbers) {
            let other = Int.random(in: range, using: &numbers)
            let step = Int.random(in: 1...range.count, using: &numbers)
            let (low, high) = (min(wanted, other), max(wanted, other))
            hasStar = false
            switch Int.random(in: 0..<7, using: &numbers) {
            case 0: (text, values, hasStar) = ("*", Set(range), true)
            case 1: (text, values, hasStar) = ("?", Set(range), true)
            case 2:
                (text, values, hasStar) = ("*/\(step)", Set(range.filter { ($0 - range.lowerBound) % step == 0 }), true)
            case 3: (text, values) = ("\(wanted),\(other)", [wanted, other])
            case 4: (text, values) = ("\(low)-\(high)/\(step)", Set((low...high).filter { ($0 - low) % step == 0 }))
            case 5: (text, values) = ("\(low)/\(step)", Set((low...range.upperBound).filter { ($0 - low) % step == 0 }))
            default: (text, values) = ("\(wanted)", [wanted])
            }
            if text == "*/1" { text = "*" }
        }
    }

    let minute, hour, day, month, weekday: Field

    var text: String { [minute, hour, day, month, weekday].map(\.text).joined(separator: " ") }

    init(near walk: MinuteWalk, _ numbers: inout SeededNumbers) {
        let near = walk.minutes.randomElement(using: &numbers)?.local ?? CivilTime(Timestamp(milliseconds: 0))
        minute = Field(0...59, near: near.minute, &numbers)
        hour = Field(0...23, near: near.hour, &numbers)
        day = Field(1...31, near: near.day, &numbers)
        month = Field(1...12, near: near.month, &numbers)
        weekday = Field(0...6, near: near.weekday, &numbers)
    }

    func matches(_ local: CivilTime) -> Bool {
        let isDay = day.values.contains(local.day)
        let isWeekday = weekday.values.contains(local.weekday)
        let isDate = day.isOnlyStar || weekday.isOnlyStar ? isDay && isWeekday : isDay || isWeekday
        return minute.values.contains(local.minute) && hour.values.contains(local.hour)
            && month.values.contains(local.month) && isDate
    }
}
