import StepwellModel
import Testing

@testable import Stepwell

@Suite struct ParallelStepsTests {
    static let pair = Function("pair", on: Ping.self) { _, step in
        async let a = step.run("a") { 1 }
        async let b = step.run("b") { 2 }
        return try await a + b
    }

    @Test func `async let steps are found together and planned`() async throws {
        let reports = try await ScriptedServer(Self.pair).reports()
        #expect(reports.map(\.op) == ["StepPlanned", "StepPlanned"])
        #expect(reports.map(\.name) == ["a", "b"])
    }

    @Test func `planned steps run by calls of their own and the function joins them`() async throws {
        let server = try ScriptedServer(Self.pair)
        #expect(try await server.runToEnd().body.text == "3")
        #expect(server.stack == ["a", "b"].map { StepHash(of: $0) })
    }

    @Test func `a task group's steps keep their order and numbers whatever finishes first`() async throws {
        let function = Function("group", on: Ping.self) { _, step in
            try await withThrowingTaskGroup(of: String.self) { group in
                for branch in 0..<3 {
                    group.addTask {
                        let fetched = try await step.run("fetch") { branch }
                        return try await step.run("save") { "\(branch):\(fetched)" }
                    }
                }
                var all: [String] = []
                for try await one in group { all.append(one) }
                return all.sorted()
            }
        }
        let server = try ScriptedServer(function)
        #expect(try await server.reports().map(\.index) == [0, 1, 2])
        for name in ["fetch:2", "fetch", "fetch:1"] {
            let report = try #require(try await server.reports(target: name, plansOnly: true).first)
            server.record(report.hash, #"{"data":\#(report.data ?? "")}"#)
        }
        let live = try await server.reports(plansOnly: true)
        // The third branch was recorded first, so its step comes first: here, and in a process that replays.
        let fresh = try ScriptedServer(function, runner: .test())
        (fresh.stack, fresh.memos) = (server.stack, server.memos)
        let replayed = try await fresh.reports(plansOnly: true)
        #expect(live.map(\.hash) == replayed.map(\.hash))
        for name in ["save", "save:1", "save:2"] {
            let first = try await server.reports(target: name).first?.data
            let second = try await fresh.reports(target: name).first?.data
            #expect(first == second)
        }
        #expect(try await server.reports(target: "save").first?.data == #""2:2""#)
    }

    @Test func `one found step is planned too when the server asks for plans only`() async throws {
        let function = Function("plan", on: Ping.self) { _, step in try await step.run("a") { 1 } }
        #expect(try await ScriptedServer(function).reports(plansOnly: true).map(\.op) == ["StepPlanned"])
    }

    @Test func `calls for several steps at once run their bodies side by side in one copy`() async throws {
        let server = try ScriptedServer(
            Function("side", on: Ping.self) { _, step in
                let gate = Gate(count: 2)
                async let a = step.run("a") { await gate.arrive() }
                async let b = step.run("b") { await gate.arrive() }
                _ = try await (a, b)
            })
        _ = try await server.reports()
        let runner = server.runner
        let function = server.function
        let events = server.events
        let runID = server.runID
        // Neither body can end before both have begun.
        let answers = await withTaskGroup(of: CallReply.self) { group in
            for name in ["a", "b"] {
                group.addTask {
                    let call = RunCall(
                        runID: runID, target: StepHash(of: name), attempt: 0, attemptsMax: 4, stack: [], memos: [:],
                        events: events, plansOnly: false, byteCount: 64)
                    return await runner.answer(call, of: function.id, function.body)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try answers.flatMap { try $0.reports.map(\.op) } == ["StepRun", "StepRun"])
    }

    @Test func `parallel steps leave the run's own thread, a single step does not`() async throws {
        let function = Function("threads", on: Ping.self) { _, step in
            try await step.run("single") { Self.isOnThread(of: step) }
        }
        let server = try ScriptedServer(function)
        #expect(try await server.reports(target: "single").map(\.data) == ["false"])
        let other = try ScriptedServer(function, runner: .test())
        #expect(try await other.reports().map(\.data) == ["true"])
    }

    private static func isOnThread(of step: Step) -> Bool {
        withUnsafeCurrentTask { $0?.unownedTaskExecutor == step.session.asUnownedTaskExecutor() }
    }

    @Test func `a parallel step on the main actor stays there`() async throws {
        let function = Function("main", on: Ping.self) { @MainActor _, step in
            try await step.run("a") {
                MainActor.assertIsolated()
                return 1
            }
        }
        #expect(try await ScriptedServer(function).reports(target: "a").map(\.data) == ["1"])
    }

    @Test func `a call for one step runs only that one`() async throws {
        let journal = Journal()
        let function = Function("only", on: Ping.self) { _, step in
            async let a: Void = step.run("a") { journal.note("a") }
            async let b: Void = step.run("b") { journal.note("b") }
            _ = try await (a, b)
        }
        let reports = try await ScriptedServer(function).reports(target: "b")
        #expect(reports.map(\.name) == ["b"])
        #expect(journal.entries == ["b"])
    }

    @Test func `in a race the function goes on with the first result and leaves the others`() async throws {
        let function = Function("race", on: Ping.self) { _, step in
            let winner = try await step.race {
                try await withThrowingTaskGroup(of: String.self) { group in
                    group.addTask { try await step.run("a") { "a" } }
                    group.addTask { try await step.run("b") { "b" } }
                    defer { group.cancelAll() }
                    return try await group.next() ?? ""
                }
            }
            return try await step.run("use") { winner }
        }
        let server = try ScriptedServer(function)
        let found = try await server.reports()
        #expect(found.map { $0.json["opts"]?["parallelMode"]?.string } == ["race", "race"])
        server.record("b", #"{"data":"b"}"#)
        let next = try await server.reports()
        #expect(next.map(\.data) == [#""b""#])
        // The loser's call comes late: it still runs, in a copy of its own.
        let late = try await server.reports(target: "a")
        #expect(late.map(\.data) == [#""a""#])
        server.record("a", #"{"data":"a"}"#)
        server.record("use", #"{"data":"b"}"#)
        #expect(try await server.call().body.text == #""b""#)
    }

    @Test func `the two kinds of steps that are found together are reported as what they are`() async throws {
        let function = Function("mixed", on: Ping.self) { _, step in
            async let a: Void = step.sleep("nap", for: .seconds(90))
            async let b = step.run("work") { 1 }
            _ = try await (a, b)
        }
        let reports = try await ScriptedServer(function).reports()
        #expect(reports.map(\.op) == ["Sleep", "StepPlanned"])
        #expect(reports.first?.json["name"]?.string == "1m30s")
    }
}

/// Lets all go on once `count` have arrived.
actor Gate {
    private let count: Int
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { self.count = count }

    func arrive() async {
        if waiters.count + 1 == count {
            for waiter in waiters { waiter.resume() }
            waiters = []
            return
        }
        await withCheckedContinuation { waiters.append($0) }
    }
}
