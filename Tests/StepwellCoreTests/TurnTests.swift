import StepwellModel
import Testing

@testable import StepwellCore

/// Whose turn it is when there is more than one batch, or one reader, can take: everyone's, sooner or later.
@Suite struct TurnTests {
    private func bench(_ change: (inout Settings) -> Void) -> Bench {
        var settings = Settings()
        change(&settings)
        return Bench(settings: settings)
    }

    private func smallBatches(_ settings: inout Settings) {
        settings.rowsPerBatchWanted = 6
        settings.firedPerBatchMin = 2
        settings.eventsPerTurnMax = 10
    }

    private func oneLoad(_ settings: inout Settings) {
        settings.cacheBytesMax = 0
        settings.loadsMax = 1
    }

    private func sleep(_ count: Int, _ bench: Bench) {
        for _ in 0..<count { bench.send("app/nap") }
        for order in bench.newOrders() { bench.answer(order, .sleep("nap", .minutes(1))) }
    }

    private func events(_ count: Int, _ bench: Bench) -> EventsRequest {
        let events = (0..<count).map { place in
            IncomingEvent(
                id: ULID(time: bench.time, entropyHigh: 7, entropyLow: UInt64(place)), name: "app/go",
                senderDigest: nil, timestamp: bench.time,
                payload: RawJSON(text: #"{"data":{},"id":"\#(place)","name":"app/go","ts":0,"user":{}}"#), starts: [])
        }
        return EventsRequest(token: bench.token(), events: events, isSeeded: false, configurationVersion: -1)
    }

    // MARK: - Batches

    @Test func `sleepers wake beside events that fill one batch after the other`() throws {
        let bench = bench(smallBatches)
        try bench.register(Bench.function("job", on: "app/go"), Bench.function("nap", on: "app/nap"))
        sleep(4, bench)
        bench.apply(.events(events(100, bench)))
        bench.holdsCommits = true
        bench.time = bench.time + .minutes(1)
        var woken: [Int] = []
        for _ in 0..<3 {
            #expect(bench.partition.hasMoreWork)
            bench.apply(.tick)
            woken.append(bench.newOrders().count { $0.steps.count == 1 })
        }
        #expect(woken == [2, 2, 0])
        #expect(!bench.partition.arriving.isEmpty)
    }

    @Test func `what has had its share of a full batch waits until the batch is taken`() throws {
        let bench = bench(smallBatches)
        try bench.register(Bench.function("job", on: "app/go"), Bench.function("nap", on: "app/nap"))
        sleep(4, bench)
        bench.apply(.events(events(100, bench)))
        let moment = Moment(bench.time + .minutes(1))
        bench.partition.apply(.tick, at: moment)
        #expect(bench.partition.canFireTimers == false)
        #expect(bench.partition.hasMoreWork == false)
        _ = bench.partition.takeOutput()
        #expect(bench.partition.canFireTimers)
    }

    @Test func `a sleeper wakes beside very many schedules of the same minute`() throws {
        let schedules = (1...8).map { #"{"cron":"14 22 \#($0)-31 * *"}"# }
        let job = """
            {"id":"app-job","name":"job","triggers":[\(schedules.joined(separator: ","))],"steps":{"step":{\
            "id":"step","name":"step",\
            "runtime":{"type":"http","url":"http://localhost:3000/api?fnId=app-job&stepId=step"}}}}
            """
        let bench = bench(smallBatches)
        try bench.register(job, Bench.function("nap", on: "app/nap"))
        sleep(1, bench)
        bench.holdsCommits = true
        bench.advance(by: .minutes(1))
        let orders = bench.newOrders()
        #expect(orders.count { $0.steps.count == 1 } == 1)
        #expect(orders.count { $0.steps.isEmpty } == 2)
        #expect(bench.partition.hasMoreWork)
    }

    // MARK: - Reads

    @Test func `a run whose time to start is over is not called when there is room before it is read`() throws {
        let bench = bench(oneLoad)
        try bench.register(
            Bench.function("nap", on: "app/nap"),
            Bench.function("job", on: "app/go", #""concurrency":1,"timeouts":{"start":"1m"}"#))
        sleep(2, bench)
        bench.send("app/go")
        let first = try #require(bench.newOrders().first)
        _ = bench.newWrites()
        bench.send("app/go")
        let second = try loadedRun(bench.newWrites())
        bench.advance(by: .minutes(1))
        #expect(bench.newLoads().count == 1)
        #expect(!bench.partition.pendingWakes.isEmpty)
        bench.answer(first, .completed(output: .null))
        let load = try #require(bench.newLoads().first)
        #expect(load.request == .run(second.run.key))
        bench.apply(.loaded(ticket: load.ticket, .run(second)))
        #expect(bench.newOrders().isEmpty)
        #expect(
            bench.newWrites().contains {
                if case .finishRun(second.run.key, .cancelled, _, _) = $0 { true } else { false }
            })
        #expect(bench.partition.liveDispatchCount == 0)
        bench.send("app/go")
        #expect(bench.newOrders().count == 1)
    }

    private func loadedRun(_ writes: [Write]) throws -> LoadedRun {
        var run: RunRow?
        var event: EventRow?
        var jobs: [JobKey: JobDetail] = [:]
        for write in writes {
            switch write {
            case .insertRun(let row): run = row
            case .insertEvent(let row): event = row
            case .putJob(let row): jobs[row.core.key] = row.detail
            default: break
            }
        }
        return LoadedRun(run: try #require(run), event: try #require(event), steps: [], jobs: jobs)
    }

    @Test func `a run that an event wakes is read beside very many sleepers of its function`() throws {
        let bench = bench(oneLoad)
        try bench.register(Bench.function("nap", on: "app/nap"))
        bench.send("app/nap")
        let waiter = try #require(bench.newOrders().first)
        bench.answer(
            waiter,
            StepwellCore.Operation(
                id: "w", name: "w", kind: .waitForEvent(WaitPlan(eventName: "app/ready"), timeout: .after(.hours(1))),
                options: nil))
        sleep(10, bench)
        bench.advance(by: .minutes(1))
        bench.send("app/ready")
        let matched = try #require(bench.partition.wakingEvents.keys.first)
        var pending = bench.partition.pendingWakes
        let next = [pending.popFirst(), pending.popFirst()]
        #expect(next.contains(matched))
    }
}
