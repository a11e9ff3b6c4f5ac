import StepwellModel

/// Finds the rules of a zone such as `Europe/Paris`; nil when this machine does not know it. UTC is not asked for.
package typealias ZoneFinder = @Sendable (String) -> TimeZoneRules?

/// The calendar as a function's trigger.
package struct ScheduleTrigger: Sendable {
    /// As it was declared, and as its event tells it.
    package var expression: String
    /// Starts are put off by a time of their own, from 1 s up to this.
    package var jitter: Milliseconds?
    private let schedule: CronSchedule
    /// Nil when the machine does not know the zone: then the schedule does not fire.
    private let zone: TimeZoneRules?

    package init(
        expression: String, jitter: Milliseconds?, zones: ZoneFinder
    ) throws(CronSyntaxError) {
        self.expression = expression
        self.jitter = jitter
        schedule = try CronSchedule(expression)
        if let name = schedule.zoneName, name != "UTC" { zone = zones(name) } else { zone = .utc }
    }

    /// The zone's name when this machine does not know it.
    package var unknownZone: String? { zone == nil ? schedule.zoneName : nil }

    /// No date of any year matches.
    package var isNever: Bool { schedule.isNever }

    /// The first tick after `time`.
    func tick(after time: Timestamp) -> Timestamp? { zone.flatMap { schedule.next(after: time, in: $0) } }

    /// When a start is due next, after `time`.
    package func nextDue(after time: Timestamp, function: FunctionKey) -> Timestamp? {
        var before = time - (jitter ?? .zero)
        while let tick = tick(after: before) {
            let due = due(of: tick, function: function)
            if due > time { return due }
            before = tick
        }
        return nil
    }

    /// The last tick that is not after `time`, of those after `first`.
    func lastTick(notAfter time: Timestamp, after first: Timestamp) -> Timestamp? {
        // Wider and wider back, so that neither a minute's schedule is walked for a year nor a year's is missed.
        var span = Milliseconds.minutes(2)
        while true {
            let from = max(first, time - span)
            if var last = tick(after: from), last <= time {
                while let next = tick(after: last), next <= time { last = next }
                return last
            }
            if from <= first { return nil }
            span = Milliseconds(span.count * 8)
        }
    }

    /// When the start of a tick is due: the same for the same tick, whoever asks.
    func due(of tick: Timestamp, function: FunctionKey) -> Timestamp {
        guard let jitter, jitter > .seconds(1) else { return tick }
        let text = "\(function.value) \(expression) \(tick.milliseconds)"
        let hash = Digest.limitKeyHash(text)
        return tick + .seconds(1) + Milliseconds(Int64(hash % UInt64(jitter.count - 1_000)))
    }
}
