import StepwellModel
import Testing

@testable import Stepwell

@Suite struct LogTests {
    static let function = Function("logging", on: Ping.self) { _, step in
        step.log.info("before")
        let a = try await step.run("a") {
            step.log.info("in a")
            return 1
        }
        step.log.info("between", ["a": "\(a)"])
        try await step.run("b") { step.log.info("in b") }
        step.log.info("after")
    }

    @Test func `a line is written once, however the function is replayed`() async throws {
        let lines = Journal()
        let log = Log { lines.note($0.message) }
        var (stack, memos): ([StepHash], [StepHash: String]) = ([], [:])
        // Every call comes to a process that has never heard of the run.
        for _ in 0..<3 {
            let server = try ScriptedServer(Self.function, runner: .test(log: log))
            (server.stack, server.memos) = (stack, memos)
            for report in try await server.call().reports where report.op == "StepRun" {
                server.record(report.hash, #"{"data":\#(report.data ?? "null")}"#)
            }
            (stack, memos) = (server.stack, server.memos)
        }
        #expect(lines.entries == ["before", "in a", "between", "in b", "after"])
    }

    @Test func `another attempt writes again what is not behind a recorded step`() async throws {
        let lines = Journal()
        let function = Function("retried", on: Ping.self) { _, step in
            step.log.info("before")
            try await step.run("a") { step.log.info("in a") }
            step.log.info("behind a, attempt \(step.attempt)")
            if step.attempt == 0 { throw RetryAfter(.seconds(1)) }
        }
        let server = try ScriptedServer(function, runner: .test(log: Log { lines.note($0.message) }))
        _ = try await server.reports()
        server.record("a", #"{"data":null}"#)
        #expect(try await server.call().status == 500)
        #expect(try await server.call(attempt: 1).status == 200)
        #expect(lines.entries == ["before", "in a", "behind a, attempt 0", "behind a, attempt 1"])
    }

    @Test func `the lines before the first recorded step are written in every attempt`() async throws {
        let lines = Journal()
        let server = try ScriptedServer(Self.function, runner: .test(log: Log { lines.note($0.message) }))
        for attempt in 0...1 { _ = try await server.reports(attempt: attempt) }
        #expect(lines.entries == ["before", "in a", "before", "in a"])
    }

    @Test func `a call for one step writes only what that step says`() async throws {
        let lines = Journal()
        let server = try ScriptedServer(Self.function, runner: .test(log: Log { lines.note($0.message) }))
        server.record("a", #"{"data":1}"#)
        _ = try await server.reports(target: "b")
        #expect(lines.entries == ["in b"])
    }

    @Test func `lines below the level are not written, and facts name run and function`() async throws {
        let lines = Journal()
        let log = Log(level: .warning) { entry in
            lines.note("\(entry.level) \(entry.message) \(entry.facts.sorted { $0.key < $1.key }.map(\.value))")
        }
        let function = Function("f", on: Ping.self) { _, step in
            step.log.info("quiet")
            step.log.warning("loud", ["fact": "x"])
        }
        _ = try await ScriptedServer(function, runID: "R7", runner: .test(log: log)).call()
        #expect(lines.entries == [#"warning loud ["x", "f", "R7"]"#])
    }

    @Test func `two waiting steps of one name are warned about, a loop of one name is not`() async throws {
        let codes = Journal()
        let runner = Runner.test(log: Log { codes.note($0.facts["code"] ?? $0.message) })
        let loop = Function("loop", on: Ping.self) { _, step in
            for _ in 0..<2 { try await step.run("part") {} }
        }
        _ = try await ScriptedServer(loop, runID: "R1", runner: runner).runToEnd()
        #expect(codes.entries.isEmpty)
        let shared = Function("shared", on: Ping.self) { _, step in
            async let a: Void = step.run("part") {}
            async let b: Void = step.run("part") {}
            async let c: Void = step.run("part") {}
            _ = try await (a, b, c)
        }
        _ = try await ScriptedServer(shared, runID: "R2", runner: runner).reports()
        #expect(codes.entries == ["SW0208"])
    }

    @Test(arguments: [("plain", "plain"), ("two words", #""two words""#), ("a\nb", #""a\nb""#), ("", #""""#)])
    func `a value stays one value on one line`(value: String, text: String) {
        #expect(Log.quoted(value) == text)
    }
}
