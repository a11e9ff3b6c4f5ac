import StepwellCore
import StepwellModel

/// A line with a schedule, then the bytes of a zone's file. The next time is later, a whole local minute, and the same from
/// wherever before it one asks.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    guard let schedule = try? CronSchedule(String(decoding: line, as: UTF8.self)) else { return 0 }
    let zone = (try? TimeZoneRules(tzif: Array(bytes.dropFirst(line.count + 1)))) ?? .utc
    for milliseconds in [Int64.min, -2_208_988_800_001, 0, 1_792_886_399_999, 4_102_444_800_000, .max] {
        let time = Timestamp(milliseconds: milliseconds)
        guard let next = schedule.next(after: time, in: zone) else { continue }
        precondition(!schedule.isNever && next > time)
        precondition((next.milliseconds / 1_000 + Int64(zone.offset(at: next))) % 60 == 0, "no whole minute")
        let before = next - Milliseconds(1)
        precondition(schedule.next(after: before, in: zone) == next, "another time from just before")
        if let later = schedule.next(after: next, in: zone) { precondition(later > next) }
    }
    return 0
}
