import Glibc
import Stepwell

/// Ten thousand functions whose schedules fire at the same minute: how late each starts, what it costs, and what another
/// app notices.
enum CronMinuteRow {
    /// Before the minute, for registering.
    private static let secondsAhead = 5
    /// Behind the minute, for all of them.
    private static let patienceSeconds = 60.0

    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "cron-minute")
        defer { server.remove() }
        try server.start()
        let count = settings.million / 100
        let minute = nextMinute()
        let app = BenchApp(server: server) { functions($0, count, firingAt: minute.seconds) }
        let registering = ContinuousClock.now
        let worker = try app.start(for: server)
        let registered = registering.duration(to: .now).seconds
        let neighbour = try Neighbour(server)
        let ready = MonotonicClock.seconds
        guard ready < minute.moment - 1 else {
            throw BenchFailure("\(count) functions took \(registered) s to register: the minute has come too early")
        }
        usleep(UInt32((minute.moment - 0.1 - ready) * 1e6))
        let cpuBefore = try server.facts().cpuSeconds()
        try app.tally.waitForRuns(count, within: patienceSeconds + Double(secondsAhead))
        let end = MonotonicClock.seconds
        let cpuSeconds = try server.facts().cpuSeconds() - cpuBefore
        let late = try (0..<count).map { number in
            minute.instant.duration(to: try app.tally.waitForMoment(name(number), within: 1)).seconds * 1_000
        }
        await worker.stop()
        guard app.tally.runs == count else { throw BenchFailure("\(count) ticks made \(app.tally.runs) runs") }
        guard let first = late.min(), first >= 0 else { throw BenchFailure("a schedule fired before its minute") }
        let alone = try neighbour.milliseconds(from: ready, to: minute.moment - 0.1)
        let beside = try neighbour.milliseconds(from: minute.moment, to: end)
        return [
            Figure("cron-minute.registration", registered, "s"),
            Figure("cron-minute.late.p50", late.median, "ms"),
            Figure("cron-minute.late.last", late.max() ?? .nan, "ms", atMost: 2_000),
            Figure("cron-minute.cpu", cpuSeconds * 1e6 / Double(count), "µs/tick"),
            Figure("cron-minute.neighbour.alone.p99", alone.percentile(0.99), "ms"),
            Figure("cron-minute.neighbour.p50", beside.median, "ms"),
            Figure("cron-minute.neighbour.p99", beside.percentile(0.99), "ms", atMost: 15),
        ]
    }

    private static func name(_ number: Int) -> String { "minutely-\(number)" }

    private static func functions(_ tally: Tally, _ count: Int, firingAt seconds: Int) -> [any DurableFunction] {
        let schedule = "\(seconds / 60 % 60) \(seconds / 3_600 % 24) * * *"
        return (0..<count).map { number in
            Function(name(number), cron: schedule) { _, _ in
                tally.note(name(number))
                tally.noteRun()
            }
        }
    }

    /// The first full minute for which there is time to get ready, on both clocks.
    private static func nextMinute() -> (seconds: Int, moment: Double, instant: ContinuousClock.Instant) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let seconds = (now.tv_sec + secondsAhead + 59) / 60 * 60
        let ahead = Double(seconds - now.tv_sec) - Double(now.tv_nsec) / 1e9
        return (seconds, MonotonicClock.seconds + ahead, .now.advanced(by: .seconds(ahead)))
    }
}
