import StepwellModel
import Testing

@testable import Stepwell

/// A run's copy is given up to make room: what the function sees of it, and what it must not do about it.
@Suite struct EvictionTests {
    @Test func `the end of a call does not unwind the function`() async throws {
        let journal = Journal()
        let function = Function("parked", on: Ping.self) { _, step in
            journal.note("begun")
            defer { journal.note("unwound") }
            try await step.run("a") { journal.note("a") }
            try await step.run("b") { journal.note("b") }
        }
        let server = try ScriptedServer(function)
        _ = try await server.reports()
        server.record("a", #"{"data":null}"#)
        #expect(try await server.reports().map(\.name) == ["b"])
        // The second call went on with the very copy that the first one left: had it ended, this would be a new one.
        #expect(journal.entries == ["begun", "a", "b"])
    }

    @Test func `a catch block for step errors does not run at eviction`() async throws {
        let journal = Journal()
        let end = Signal()
        let function = Function("careful", on: Ping.self) { _, step in
            defer { end.signal() }
            do {
                try await step.run("a") {}
            } catch let error as StepError {
                journal.note("refund \(error)")
            }
        }
        try await evict(function)
        await end.wait()
        #expect(journal.entries.isEmpty)
    }

    @Test func `a bare catch block does run at eviction, and its steps are interrupted again`() async throws {
        let journal = Journal()
        let end = Signal()
        let function = Function("careless", on: Ping.self) { _, step in
            defer { end.signal() }
            do {
                try await step.run("a") {}
            } catch {
                journal.note("caught \(type(of: error))")
                do {
                    try await step.run("refund") { journal.note("refund") }
                } catch {
                    journal.note("again \(type(of: error))")
                }
            }
        }
        try await evict(function)
        await end.wait()
        #expect(journal.entries == ["caught RunInterrupted", "again RunInterrupted"])
    }

    @Test func `what an interrupted function returns is ignored and the run is replayed`() async throws {
        let end = Signal()
        let function = Function("ignored", on: Ping.self) { _, step in
            defer { end.signal() }
            return (try? await step.run("a") { 1 }) ?? -1
        }
        let server = try ScriptedServer(function)
        _ = try await server.reports()
        server.runner.cache.removeAll()
        await end.wait()
        #expect(try await server.runToEnd().body.text == "1")
    }

    @Test func `a step under way is finished and recorded before its copy is given up`() async throws {
        let begun = Signal()
        let goOn = Signal()
        let function = Function("busy", on: Ping.self) { _, step in
            try await step.run("a") {
                begun.signal()
                await goOn.wait()
                return "done"
            }
        }
        let server = try ScriptedServer(function)
        async let answer = call(server.runner, server.function, server.events)
        await begun.wait()
        server.runner.cache.removeAll()
        goOn.signal()
        #expect(try await answer.reports.map(\.data) == [#""done""#])
    }

    @Test func `the copy used longest ago goes first when there are too many`() async throws {
        let runner = Runner.test(limits: .init(countMax: 2))
        let journal = Journal()
        let end = Signal()
        let function = Function("many", on: Ping.self) { _, step in
            journal.note("begun \(step.runID)")
            defer {
                journal.note("evicted \(step.runID)")
                end.signal()
            }
            try await step.run("a") {}
        }
        for id in ["R1", "R2", "R1", "R3"] {
            _ = try await ScriptedServer(function, runID: id, runner: runner).reports()
        }
        await end.wait()
        #expect(journal.entries == ["begun R1", "begun R2", "begun R3", "evicted R2"])
        #expect(runner.cache.count == 2)
    }

    @Test func `a copy whose step is under way is not given up to make room`() async throws {
        let runner = Runner.test(limits: .init(countMax: 1))
        let journal = Journal()
        let begun = Signal()
        let goOn = Signal()
        let busy = Function("busy", on: Ping.self) { _, step in
            journal.note("begun")
            return try await step.run("a") {
                begun.signal()
                await goOn.wait()
                return "done"
            }
        }
        let idle = Function("idle", on: Ping.self) { _, step in
            try await step.run("a") {}
        }
        let server = try ScriptedServer(busy, runID: "R1", runner: runner)
        let (definition, question) = (server.function, try server.question())
        let first = Task { await runner.answer(question, of: definition.id, definition.body) }
        await begun.wait()
        _ = try await ScriptedServer(idle, runID: "R2", runner: runner).reports()
        #expect(runner.cache.count == 1)
        goOn.signal()
        #expect(try await first.value.reports.map(\.data) == [#""done""#])
        server.record("a", #"{"data":"done"}"#)
        #expect(try await server.call().body.text == #""done""#)
        #expect(journal.entries == ["begun"])
    }

    @Test func `copies that hold too much are given up`() async throws {
        let runner = Runner.test(limits: .init(byteCountMax: 10_000))
        let function = Function("heavy", on: Ping.self) { _, step in try await step.run("a") { 1 } }
        for id in ["R1", "R2", "R3", "R4"] {
            _ = try await ScriptedServer(function, runID: id, runner: runner).reports()
        }
        #expect(runner.cache.count == 2)
    }

    @Test func `copies that nobody asked for in a while are given up`() async throws {
        let end = Signal()
        let runner = Runner.test(limits: .init(ageMax: .milliseconds(1)))
        let function = Function("old", on: Ping.self) { _, step in
            defer { end.signal() }
            try await step.run("a") {}
        }
        _ = try await ScriptedServer(function, runner: runner).reports()
        await end.wait()
        #expect(runner.cache.count == 0)
    }

    @Test func `a step after the function returned is interrupted and warned about`() async throws {
        let warnings = Journal()
        let goOn = Signal()
        let end = Signal()
        let log = Log { warnings.note($0.facts["code"] ?? $0.message) }
        let function = Function("stray", on: Ping.self) { _, step in
            Task {
                defer { end.signal() }
                await goOn.wait()
                try await step.run("late") { 1 }
            }
            return "returned"
        }
        let answer = try await ScriptedServer(function, runner: .test(log: log)).call()
        #expect(answer.body.text == #""returned""#)
        goOn.signal()
        await end.wait()
        #expect(warnings.entries == ["SW0209"])
    }

    private func evict(_ function: some DurableFunction) async throws {
        let server = try ScriptedServer(function)
        _ = try await server.reports(plansOnly: true)
        server.runner.cache.removeAll()
    }
}

func call(_ runner: Runner, _ function: FunctionDefinition, _ events: [JSONSlice]) async -> CallReply {
    let call = RunCall(
        runID: "R", target: nil, attempt: 0, attemptsMax: 4, stack: [], memos: [:], events: events, plansOnly: false,
        byteCount: 64)
    return await runner.answer(call, of: function.id, function.body)
}
