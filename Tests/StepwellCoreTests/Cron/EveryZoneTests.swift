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
