import StepwellModel
import Testing

@testable import Stepwell

struct Ping: Event {
    static let name = "test.event"
    var text: String?
}

@Suite struct SequentialStepsTests {
    @Test func `a function without steps is done in one call`() async throws {
        let server = try ScriptedServer(
            Function("greet", on: Ping.self) { event, _ in "hello \(event.data.text ?? "you")" })
        let answer = try await server.call()
        #expect(answer.status == 200)
        #expect(answer.body.text == #""hello you""#)
    }

    @Test func `each step runs once and the function returns what it made of them`() async throws {
        let journal = Journal()
        let function = Function("add", on: Ping.self) { _, step in
            let one = try await step.run("one") {
                journal.note("one")
                return 1
            }
            let two = try await step.run("two") {
                journal.note("two")
                return one + 1
            }
            return one + two
        }
        let answer = try await ScriptedServer(function).runToEnd()
        #expect(answer.body.text == "3")
        #expect(journal.entries == ["one", "two"])
    }

    @Test func `the first call answers with the first step's result under its hash`() async throws {
        let function = Function("one", on: Ping.self) { _, step in try await step.run("my-step-id") { 7 } }
        let reports = try await ScriptedServer(function).reports()
        #expect(reports.map(\.op) == ["StepRun"])
        #expect(reports.first?.hash.hex == "e7d8a2f140845095749d60246ff1110c9d01d76a")
        #expect(reports.first?.data == "7")
    }

    @Test func `the next call of the same run goes on where the function stood`() async throws {
        let journal = Journal()
        let function = Function("resume", on: Ping.self) { _, step in
            journal.note("start")
            try await step.run("a") {}
            journal.note("between")
            try await step.run("b") {}
        }
        _ = try await ScriptedServer(function).runToEnd()
        #expect(journal.entries == ["start", "between"])
    }

    @Test func `another process replays the function from what is recorded`() async throws {
        let journal = Journal()
        let function = Function("replay", on: Ping.self) { _, step in
            journal.note("start")
            let a = try await step.run("a") { 1 }
            return try await step.run("b") { a + 1 }
        }
        let server = try ScriptedServer(function)
        server.record("a", #"{"data":41}"#)
        let reports = try await server.reports()
        #expect(reports.map(\.data) == ["42"])
        #expect(journal.entries == ["start"])
    }

    @Test func `repeated names are numbered in the order in which they are called`() async throws {
        let function = Function("repeat", on: Ping.self) { _, step in
            var sum = 0
            for index in 0..<3 { sum += try await step.run("part") { index } }
            return sum
        }
        let server = try ScriptedServer(function)
        #expect(try await server.runToEnd().body.text == "3")
        #expect(server.stack == ["part", "part:1", "part:2"].map { StepHash(of: $0) })
    }

    @Test func `a step whose answer was lost is answered again and not run again`() async throws {
        let journal = Journal()
        let function = Function("lost", on: Ping.self) { _, step in
            try await step.run("a") { journal.note("ran") }
        }
        let server = try ScriptedServer(function)
        let first = try await server.reports()
        let second = try await server.reports()
        #expect(first.map(\.hash) == second.map(\.hash))
        #expect(journal.entries == ["ran"])
    }

    @Test func `a call for another attempt replays the function`() async throws {
        let journal = Journal()
        let function = Function("attempts", on: Ping.self) { _, step in
            journal.note("start \(step.attempt)")
            try await step.run("a") { throw Broken() }
        }
        let server = try ScriptedServer(function)
        _ = try await server.reports()
        _ = try await server.reports(attempt: 1)
        #expect(journal.entries == ["start 0", "start 1"])
    }

    struct Broken: Error {}
}
