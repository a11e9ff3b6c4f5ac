import StepwellModel
import Testing

@testable import StepwellCore

/// The local minutes of some hours round a time, one after the other: the rules of firing, written to be read.
struct MinuteWalk {
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
