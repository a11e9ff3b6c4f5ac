import StepwellModel
import Testing

@testable import StepwellCore

/// Every zone of this machine's database, 1970 to 2100, against two judges that share no code with what they judge.
struct EveryZoneTests {
    private static let begin: Int64 = 0
    /// The first second of the year 2100.
    private static let end: Int64 = 4_102_444_800

    /// Each stretch of time without a change of the clocks.
    private static func spans(_ rules: TimeZoneRules) -> [TimeZoneRules.Span] {
        var spans: [TimeZoneRules.Span] = []
        var time = begin
        while time < end {
            let span = rules.span(at: time)
            if spans.last?.offset != span.offset { spans.append(span) }
            time = span.end
        }
        return spans
    }

    @Test func `the clocks are those of the C library, around every change and between them`() throws {
        let claims = ZoneFiles.all.map { zone in
            let spans = Self.spans(zone.rules)
            return "\(zone.name) \(spans[0].offset) "
                + spans.dropFirst().map { "\($0.start):\($0.offset)" }.joined(separator: " ")
        }
        #expect(claims.count > 300)
        let lines = try CLibraryClocks.compare(claims, from: Self.begin, to: Self.end)
        #expect(lines.count == 1, "\(lines.prefix(20))")
        #expect(try #require(lines.last.flatMap { Int($0) }) > 500_000)
    }

    @Test func `the next time is the one that walking minute by minute finds`() throws {
        var numbers = SeededNumbers(seed: 20_261_124)
        var found = 0
        for zone in ZoneFiles.all {
            // Until 1973 one place had clocks that were 44 minutes and 30 seconds behind.
            let changes = Self.spans(zone.rules).dropFirst().map(\.start).filter { $0 > 3 * 366 * 86_400 }
            let middle =
                changes.randomElement(using: &numbers) ?? Int64.random(in: Self.begin..<Self.end, using: &numbers)
            let walk = MinuteWalk(zone.rules, around: middle)
            for _ in 0..<4 {
                let sample = SampleSchedule(near: walk, &numbers)
                let schedule = try CronSchedule(sample.text)
                for _ in 0..<2 {
                    let from = middle + Int64.random(in: -7_200...7_200, using: &numbers)
                    let expected = walk.next(sample, after: from)
                    let next = schedule.next(after: Timestamp(milliseconds: from * 1_000), in: zone.rules)
                    let seconds = next.map { $0.milliseconds / 1_000 }.flatMap { $0 < walk.end ? $0 : nil }
                    #expect(seconds == expected, "\(zone.name): \(sample.text) after \(from)")
                    if expected != nil { found += 1 }
                }
            }
        }
        #expect(found > 1_000)
    }
}

/// The local minutes of some hours round a time, one after the other: the rules of firing, written to be read.
private struct MinuteWalk {
    struct Minute {
        var time: Int64
        var local: CivilTime
        /// Whether clocks showed the same before.
        var isRepeated: Bool
    }

    private(set) var minutes: [Minute] = []
    let end: Int64

    init(_ rules: TimeZoneRules, around middle: Int64) {
        let start = (middle / 60 - 7 * 60) * 60
        end = start + 14 * 3_600
        var shown: Set<CivilTime> = []
        for time in stride(from: start, to: end, by: 60) {
            let offset = rules.offset(at: Timestamp(milliseconds: time * 1_000))
            #expect(offset % 60 == 0)
            let local = CivilTime(Timestamp(milliseconds: (time + Int64(offset)) * 1_000))
            minutes.append(Minute(time: time, local: local, isRepeated: !shown.insert(local).inserted))
        }
    }

    func next(_ schedule: SampleSchedule, after time: Int64) -> Int64? {
        minutes.first { minute in
            minute.time > time && schedule.matches(minute.local) && (schedule.hour.hasStar || !minute.isRepeated)
        }?.time
    }
}

/// A schedule as text and, made beside it and not from it, as sets of numbers.
private struct SampleSchedule {
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
