import StepwellModel
import Testing

@testable import StepwellCore

struct TimeZoneRulesTests {
    @Test(
        arguments: [
            ("Europe/Paris", "2026-01-01", 3_600), ("Europe/Paris", "2026-07-01", 7_200),
            ("Europe/Paris", "2099-07-01", 7_200), ("America/New_York", "2500-01-01", -18_000),
            ("Asia/Kolkata", "2026-01-01", 19_800), ("Africa/Monrovia", "1971-01-01", -2_670),
            ("Australia/Sydney", "2060-01-01", 39_600), ("Europe/Dublin", "2060-01-01", 0),
            ("Europe/Paris", "1800-01-01", 561), ("America/Nuuk", "2060-01-01", -7_200),
        ] as [(String, String, Int)])
    func `an offset is that of the clocks on the wall`(name: String, date: String, offset: Int) throws {
        #expect(try ZoneFiles.rules(name).offset(at: #require(DateText.parse(date))) == offset)
    }

    @Test func `UTC has no offset, ever`() {
        for time in [Int64.min, -1, 0, .max] {
            #expect(TimeZoneRules.utc.offset(at: Timestamp(milliseconds: time)) == 0)
        }
    }

    @Test(
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59", 3_600),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00", 7_200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59", 7_200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00", 3_600),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00", -3_600),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59", -7_200),
            ("AAA3BBB,J60/0,J300", "2024-03-01T03:00:00", -7_200),
            ("AAA3BBB,J60/0,J300", "2024-03-01T02:59:59", -10_800),
            ("AAA3BBB,59/0,300", "2024-02-29T03:00:00", -7_200), ("AAA3BBB,59/0,300", "2026-03-01T02:59:59", -10_800),
            ("EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-27T23:59:59", 7_200),
            ("EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00", 10_800),
            ("XXX3EDT4,0/0,J365/23", "2026-01-01T03:00:00", -14_400),
            ("XXX3EDT4,0/0,J365/23", "2027-01-01T02:59:59", -14_400),
            ("<+0545>-5:45", "2026-01-01", 20_700),
        ] as [(String, String, Int)])
    func `a rule for the years to come is followed`(rule: String, date: String, offset: Int) throws {
        let rules = try TimeZoneRules(tzif: TZifText.bytes(rule: rule))
        #expect(try rules.offset(at: #require(DateText.parse(date))) == offset)
    }

    @Test(arguments: [
        "CE-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0,", "CET-25", "CET-1CEST,M13.1.0,J1",
        "CET-1CEST,M1.6.0,J1", "CET-1CEST,M1.1.7,J1", "CET-1CEST,J0,J1", "CET-1CEST,366,J1", "CET-1CEST,J1/168,J2",
        "<CET-1",
        "CET-1:60", "CET-1CEST,J1/,J2", "CET-0000000000000000000001", "\u{E4}\u{E4}\u{E4}1",
    ])
    func `a rule in another form is refused`(rule: String) {
        #expect(throws: TimeZoneError.rule) { try TimeZoneRules(tzif: TZifText.bytes(rule: rule)) }
    }

    // MARK: - Damaged files

    static let samples = ["Europe/Paris", "Africa/Casablanca", "America/Nuuk", "Asia/Kolkata", "Etc/UTC"]

    @Test(arguments: samples) func `a file that is cut off is refused`(name: String) throws {
        let bytes = try ZoneFiles.bytes(name)
        // A file of version 1 would be complete behind its first block; none of these is one.
        for count in stride(from: 0, to: bytes.count, by: bytes.count < 500 ? 1 : 7) {
            #expect(throws: TimeZoneError.self, "\(count) bytes") { try TimeZoneRules(tzif: Array(bytes[..<count])) }
        }
    }

    @Test(arguments: samples) func `whatever a damaged file says, it is refused or it can be asked`(name: String) throws
    {
        var numbers = SeededNumbers(seed: 1)
        let whole = try ZoneFiles.bytes(name)
        let schedule = try CronSchedule("30 2 29 2 *")
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
            }
            guard let rules = try? TimeZoneRules(tzif: bytes) else { continue }
            for time in [Int64.min, -62_135_596_800_000, 0, 4_102_444_800_000, .max] {
                let time = Timestamp(milliseconds: time)
                #expect(abs(rules.offset(at: time)) < 26 * 3_600)
                if let next = schedule.next(after: time, in: rules) { #expect(next > time) }
            }
        }
    }

    @Test(arguments: [("right/Europe/Paris", TimeZoneError.leapSeconds), ("zone1970.tab", .otherFormat)])
    func `what is no zone's file says why`(name: String, error: TimeZoneError) throws {
        let bytes = try ZoneFiles.bytes(name)
        #expect(throws: error) { try TimeZoneRules(tzif: bytes) }
    }

    @Test func `an unknown version, a huge count and what follows the end are refused`() throws {
        let whole = try ZoneFiles.bytes("Europe/Paris")
        var version = whole
        version[4] = UInt8(ascii: "5")
        #expect(throws: TimeZoneError.version(0x35)) { try TimeZoneRules(tzif: version) }
        var count = whole
        count.replaceSubrange(32..<44, with: [UInt8](repeating: 0xFF, count: 12))
        #expect(throws: TimeZoneError.truncated) { try TimeZoneRules(tzif: count) }
        #expect(throws: TimeZoneError.inconsistent) { try TimeZoneRules(tzif: whole + [0]) }
    }

    @Test func `changes out of order, of an unknown type or out of range are refused`() {
        func file(_ times: [UInt8], types: [UInt8] = [0, 0], offset: [UInt8] = [0, 0, 0, 0]) -> [UInt8] {
            let counts: [UInt8] = [0, 0, 0, 2, 1, 1]
            return Array("TZif\0".utf8) + [UInt8](repeating: 0, count: 15) + counts.flatMap { [0, 0, 0, $0] }
                + times.flatMap { [0, 0, 0, $0] } + types + offset + [0, 0, 0]
        }
        #expect(throws: Never.self) { try TimeZoneRules(tzif: file([1, 2])) }
        #expect(throws: TimeZoneError.inconsistent) { try TimeZoneRules(tzif: file([2, 1])) }
        #expect(throws: TimeZoneError.inconsistent) { try TimeZoneRules(tzif: file([1, 1])) }
        #expect(throws: TimeZoneError.inconsistent) { try TimeZoneRules(tzif: file([1, 2], types: [0, 1])) }
        #expect(throws: TimeZoneError.outOfRange) {
            try TimeZoneRules(tzif: file([1, 2], offset: [0, 1, 0x6D, 0xA0]))
        }
        #expect(throws: TimeZoneError.outOfRange) { try TimeZoneRules(tzif: file([1, 2], offset: [0x80, 0, 0, 0])) }
    }
}

/// The smallest file of version 3 with a rule: no changes, one type, UTC.
enum TZifText {
    static func bytes(rule: String) -> [UInt8] {
        func header(_ counts: [UInt8]) -> [UInt8] {
            Array("TZif3".utf8) + [UInt8](repeating: 0, count: 15) + counts.flatMap { [0, 0, 0, $0] }
        }
        let block: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
        let counts: [UInt8] = [0, 0, 0, 0, 1, 4]
        return header(counts) + block + header(counts) + block + Array("\n\(rule)\n".utf8)
    }
}
