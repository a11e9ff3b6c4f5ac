import StepwellModel
import Testing

@testable import Stepwell

/// A server that lost an answer asks again, perhaps while the first call is still being served.
@Suite struct RepeatedCallsTests {
    @Test func `the same call again waits for the step under way and does not run it twice`() async throws {
        let journal = Journal()
        let begun = Signal()
        let goOn = Signal()
        let function = Function("slow", on: Ping.self) { _, step in
            try await step.run("a") {
                journal.note("ran")
                begun.signal()
                await goOn.wait()
                return 1
            }
        }
        let server = try ScriptedServer(function)
        let (runner, definition, events) = (server.runner, server.function, server.events)
        async let first = call(runner, definition, events)
        await begun.wait()
        let second = Task { await call(runner, definition, events) }
        // The second call has nothing to run, so it is over as soon as the first is, whenever it came.
        goOn.signal()
        #expect(try await first.reports.map(\.data) == ["1"])
        #expect(try await second.value.reports.map(\.data) == ["1"])
        #expect(journal.entries == ["ran"])
    }

    /// Two parallel steps; `slow` notes that it ran, and waits.
    struct QuickAndSlow {
        let journal = Journal()
        let begun = Signal()
        let goOn = Signal()

        var function: Function<Ping, String> {
            Function("two", on: Ping.self) { [journal, begun, goOn] _, step in
                try await step.race {
                    try await withThrowingTaskGroup(of: String.self) { group in
                        group.addTask { try await step.run("quick") { "quick" } }
                        group.addTask {
                            try await step.run("slow") {
                                journal.note("ran")
                                begun.signal()
                                await goOn.wait()
                                return Task.isCancelled ? "cancelled" : "slow"
                            }
                        }
                        defer { group.cancelAll() }
                        return try await group.next() ?? ""
                    }
                }
            }
        }

        /// Calls for `slow`, and returns once it is under way.
        func begin(_ server: ScriptedServer) async throws -> Task<CallReply, Never> {
            let (runner, function, question) = (server.runner, server.function, try server.question(target: "slow"))
            let task = Task { await runner.answer(question, of: function.id, function.body) }
            await begun.wait()
            return task
        }
    }

    @Test func `a call for a step under way joins it, whatever was recorded meanwhile`() async throws {
        let steps = QuickAndSlow()
        let server = try ScriptedServer(steps.function)
        _ = try await server.reports()
        let first = try await steps.begin(server)
        server.record("quick", #"{"data":"quick"}"#)
        let second = Reply()
        let isTaken = server.isTaken(try server.question(target: "slow"), second)
        steps.goOn.signal()
        #expect(try await first.value.reports.map(\.data) == [#""slow""#])
        try #require(isTaken)
        #expect(try await second.value.reports.map(\.data) == [#""slow""#])
        #expect(steps.journal.entries == ["ran"])
    }

    @Test func `a call for a step under way joins it even if the run has gone on in another copy`() async throws {
        let steps = QuickAndSlow()
        let server = try ScriptedServer(steps.function)
        _ = try await server.reports()
        let first = try await steps.begin(server)
        server.record("quick", #"{"data":"quick"}"#)
        let other = Reply()
        #expect(!server.isTaken(try server.question(), other))
        let second = Reply()
        let isTaken = server.isTaken(try server.question(target: "slow"), second)
        steps.goOn.signal()
        #expect(try await first.value.reports.map(\.data) == [#""slow""#])
        try #require(isTaken)
        #expect(try await second.value.reports.map(\.data) == [#""slow""#])
        #expect(steps.journal.entries == ["ran"])
    }

    @Test func `a call for a step that has yet to turn up joins the one that waits for it`() async throws {
        let journal = Journal()
        let goOn = Signal()
        let function = Function("late", on: Ping.self) { _, step in
            async let quick: Void = step.run("quick") {}
            await goOn.wait()
            try await step.run("late") { journal.note("ran") }
            try await quick
        }
        let server = try ScriptedServer(function)
        let (first, second) = (Reply(), Reply())
        let question = try server.question(target: "late")
        let (session, _) = server.runner.cache.session(for: question, first) {
            RunSession(question, of: "late", in: server.runner.environment)
        }
        server.record("quick", #"{"data":null}"#)
        try #require(server.isTaken(try server.question(target: "late"), second))
        session.work(until: first) { session.start(server.function.body, events: server.events) }
        goOn.signal()
        #expect(try await first.value.reports.map(\.name) == ["late"])
        #expect(try await second.value.reports.map(\.name) == ["late"])
        #expect(journal.entries == ["ran"])
    }

    @Test func `a call that knows more than the parked copy replays what the copy has not seen`() async throws {
        let journal = Journal()
        let function = Function("ahead", on: Ping.self) { _, step in
            let a = try await step.run("a") { 1 }
            let b = try await step.run("b") { 2 }
            journal.note("\(a + b)")
            return try await step.run("c") { 3 }
        }
        let server = try ScriptedServer(function)
        _ = try await server.reports()
        server.record("a", #"{"data":10}"#)
        server.record("b", #"{"data":20}"#)
        #expect(try await server.reports().map(\.data) == ["3"])
        // Another process had run them; what counts is what was recorded.
        #expect(journal.entries == ["30"])
    }

    @Test func `a call that knows less than the parked copy is served by a new copy`() async throws {
        let journal = Journal()
        let function = Function("behind", on: Ping.self) { _, step in
            journal.note("start")
            let a = try await step.run("a") { 1 }
            return try await step.run("b") { a + 1 }
        }
        let server = try ScriptedServer(function)
        server.record("a", #"{"data":1}"#)
        _ = try await server.reports()
        (server.stack, server.memos) = ([], [:])
        #expect(try await server.reports().map(\.name) == ["a"])
        #expect(journal.entries == ["start", "start"])
    }

    @Test func `a search for steps while one is under way is served by a new copy`() async throws {
        let steps = QuickAndSlow()
        let server = try ScriptedServer(steps.function)
        _ = try await server.reports()
        let slow = try await steps.begin(server)
        server.record("quick", #"{"data":"quick"}"#)
        #expect(try await server.call().body.text == #""quick""#)
        steps.goOn.signal()
        // The function went on without it, in another copy: this one does not notice.
        #expect(try await slow.value.reports.map(\.data) == [#""slow""#])
    }

    @Test func `a call that waits for its step does not hold up the next one`() async throws {
        let function = Function("pair", on: Ping.self) { _, step in try await step.run("a") { 1 } }
        let server = try ScriptedServer(function)
        let (awaited, ready) = (Reply(), Reply())
        let question = try server.question(target: "gone")
        let (session, _) = server.runner.cache.session(for: question, awaited) {
            RunSession(question, of: "pair", in: server.runner.environment)
        }
        try #require(server.isTaken(try server.question(target: "a"), ready))
        session.work(until: ready) { session.start(server.function.body, events: server.events) }
        #expect(try await ready.value.reports.map(\.data) == ["1"])
        #expect(!awaited.isAnswered)
    }

    @Test func `the cache forgets uses that count for nothing`() async throws {
        let runner = Runner.test()
        let function = Function("busy", on: Ping.self) { _, step in try await step.run("a") { 1 } }
        _ = try await ScriptedServer(function, runID: "first", runner: runner).reports()
        let server = try ScriptedServer(function, runID: "again", runner: runner)
        for _ in 0..<3_000 { _ = try await server.reports() }
        #expect(runner.cache.useCount < 2_000)
        #expect(runner.cache.count == 2)
    }
}
