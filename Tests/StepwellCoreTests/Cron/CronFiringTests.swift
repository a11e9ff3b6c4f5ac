import StepwellModel
import Testing

@testable import StepwellCore

/// Schedules in the engine: every tick starts one run, whatever happens between.
@Suite struct CronFiringTests {
    /// 2023-11-14T22:13:20Z, a moment between two minutes.
    private static let start: Int64 = 1_700_000_000_000

    private func bench(_ policy: MissedTicks = .one, schedules: String...) throws -> Bench {
        var settings = Settings()
        settings.missedTicks = policy
        let bench = Bench(settings: settings, start: Self.start)
        try bench.register(Self.function(schedules))
        return bench
    }

    private static func function(_ schedules: [String]) -> String {
        """
        {"id":"app-job","name":"job","triggers":[\(schedules.joined(separator: ","))],"steps":{"step":{"id":"step",\
        "name":"step","runtime":{"type":"http","url":"http://localhost:3000/api?fnId=app-job&stepId=step"}}}}
        """
    }

    private func ticks(_ orders: [CallOrder]) -> [String] {
        orders.map { $0.event.value(at: ["data", "scheduledAt"])?.string ?? "" }
    }

    /// Lets time pass in steps of 10 s, as timers would.
    private func pass(_ span: Milliseconds, _ bench: Bench) -> [String] {
        var seen: [String] = []
        let end = bench.time + span
        while bench.time < end {
            bench.advance(by: .seconds(10))
            seen += ticks(bench.newOrders())
        }
        return seen
    }

    @Test func `a schedule says when it fires next, its jitter included`() throws {
        let plain = try ScheduleTrigger(expression: "*/5 * * * *", jitter: nil) { _ in nil }
        let time = Timestamp(milliseconds: 1_700_000_000_000)
        let next = try #require(plain.nextDue(after: time, function: FunctionKey(1)))
        #expect(next == plain.tick(after: time))
        #expect(plain.nextDue(after: next, function: FunctionKey(1)) == next + .minutes(5))
        let jittered = try ScheduleTrigger(expression: "*/5 * * * *", jitter: .minutes(4)) { _ in nil }
        var moment = time
        for _ in 0..<20 {
            let due = try #require(jittered.nextDue(after: moment, function: FunctionKey(1)))
            let tick = try #require(jittered.lastTick(notAfter: due, after: due - .minutes(10)))
            #expect(due == jittered.due(of: tick, function: FunctionKey(1)))
            #expect(due > moment && due <= moment + .minutes(9))
            moment = due
        }
        let never = try ScheduleTrigger(expression: "0 0 30 2 *", jitter: nil) { _ in nil }
        #expect(never.nextDue(after: time, function: FunctionKey(1)) == nil)
    }

    @Test func `a tick starts a run with the event that the protocol names`() throws {
        let bench = try bench(schedules: #"{"cron":"15 22 * * *"}"#)
        #expect(pass(.minutes(1), bench).isEmpty)
        bench.advance(by: .minutes(1))
        let order = try #require(bench.newOrders().first)
        #expect(order.event.value(at: ["name"])?.string == "inngest/scheduled.timer")
        #expect(order.event.value(at: ["id"])?.string == "2023-11-14T22:15:00Z")
        #expect(order.event.value(at: ["ts"])?.integer == 1_700_000_100_000)
        #expect(
            order.event.value(at: ["data"])?.text
                == #"{"cron":"15 22 * * *","fireAt":"2023-11-14T22:15:00Z","scheduledAt":"2023-11-14T22:15:00Z"}"#)
    }

    @Test func `each minute fires once, for each of several schedules`() throws {
        let bench = try bench(schedules: #"{"cron":"* * * * *"}"#, #"{"cron":"*/2 * * * *"}"#)
        #expect(
            pass(.minutes(3), bench) == [
                "2023-11-14T22:14:00Z", "2023-11-14T22:14:00Z", "2023-11-14T22:15:00Z", "2023-11-14T22:16:00Z",
                "2023-11-14T22:16:00Z",
            ])
    }

    @Test func `registering again fires nothing twice and misses nothing`() throws {
        let bench = try bench(schedules: #"{"cron":"* * * * *"}"#)
        bench.advance(by: .seconds(40))
        #expect(ticks(bench.newOrders()) == ["2023-11-14T22:14:00Z"])
        try bench.register(Self.function([#"{"cron":"* * * * *"}"#, #"{"event":"app/go"}"#]))
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: .minutes(1))
        #expect(ticks(bench.newOrders()) == ["2023-11-14T22:15:00Z"])
    }

    @Test func `a schedule that is declared no more fires no more`() throws {
        let bench = try bench(schedules: #"{"cron":"* * * * *"}"#)
        try bench.register(Self.function([#"{"event":"app/go"}"#]))
        #expect(pass(.minutes(3), bench).isEmpty)
    }

    @Test func `a restart fires nothing twice and misses nothing`() throws {
        let before = try bench(schedules: #"{"cron":"* * * * *"}"#)
        before.advance(by: .seconds(45))
        #expect(ticks(before.newOrders()) == ["2023-11-14T22:14:00Z"])
        let (after, _) = try Bench.recover(from: before)
        _ = after.newOrders()
        after.advance(by: .seconds(30))
        after.advance(by: .seconds(30))
        #expect(ticks(after.newOrders()) == ["2023-11-14T22:15:00Z"])
    }

    @Test func `a wall clock that is set back fires no tick again`() throws {
        let bench = try bench(schedules: #"{"cron":"* * * * *"}"#)
        bench.advance(by: .minutes(2))
        #expect(!bench.newOrders().isEmpty)
        let engine = bench.time
        bench.partition.apply(.tick, at: Moment(engine: engine, wall: engine - .minutes(2)))
        bench.partition.apply(.tick, at: Moment(engine: engine, wall: engine - .seconds(5)))
        #expect(bench.partition.takeOutput() == nil)
    }

    @Test(
        arguments: [
            (MissedTicks.skip, []),
            (.one, ["2023-11-14T23:30:00Z"]),
            (
                .all(within: .minutes(50)),
                [
                    "2023-11-14T22:45:00Z", "2023-11-14T23:00:00Z", "2023-11-14T23:15:00Z",
                    "2023-11-14T23:30:00Z",
                ]
            ),
        ] as [(MissedTicks, [String])])
    func `what was missed for longer than a minute goes by the policy`(policy: MissedTicks, expected: [String]) throws {
        let bench = try bench(policy, schedules: #"{"cron":"*/15 * * * *"}"#)
        bench.advance(by: .minutes(80))
        bench.advance(by: .seconds(1))
        #expect(ticks(bench.newOrders()) == expected)
        bench.advance(by: .minutes(12))
        #expect(ticks(bench.newOrders()) == ["2023-11-14T23:45:00Z"])
    }

    @Test func `jitter puts a start off by at most as much, and by the same for the same tick`() throws {
        let schedule = #"{"cron":"0 23 * * *","jitter":"5m"}"#
        let (one, two) = (try bench(schedules: schedule), try bench(schedules: schedule))
        func fired(_ bench: Bench) throws -> Timestamp {
            while bench.time < Timestamp(milliseconds: Self.start) + .hours(1) {
                bench.advance(by: .seconds(1))
                if let order = bench.newOrders().first {
                    #expect(order.event.value(at: ["data", "scheduledAt"])?.string == "2023-11-14T23:00:00Z")
                    return bench.time
                }
            }
            throw Missing()
        }
        let first = try fired(one)
        let tick = Timestamp(milliseconds: 1_700_002_800_000)
        #expect(first >= tick + .seconds(1) && first <= tick + .minutes(5))
        #expect(try fired(two) == first)
    }

    @Test func `a schedule in a zone that the machine does not know fires never`() throws {
        let bench = try bench(schedules: #"{"cron":"TZ=Europe/Paris * * * * *"}"#)
        #expect(pass(.minutes(3), bench).isEmpty)
    }
}
