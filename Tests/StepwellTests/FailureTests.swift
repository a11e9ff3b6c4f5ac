import StepwellModel
import Testing

@testable import Stepwell

@Suite struct FailureTests {
    struct Broken: Error {}

    static let failing = Function("fails", on: Ping.self) { _, step in
        try await step.run("broken") { throw Broken() }
    }

    @Test func `a step's error is reported for another attempt`() async throws {
        let answer = try await ScriptedServer(Self.failing).call()
        let report = try #require(try answer.reports.first)
        #expect(report.op == "StepError")
        #expect(report.error?["name"]?.string == "Broken")
        #expect(answer.noRetry == false)
    }

    @Test func `the last attempt's error is final`() async throws {
        let answer = try await ScriptedServer(Self.failing).call(attempt: 3, attemptsMax: 4)
        #expect(try answer.reports.map(\.op) == ["StepFailed"])
        #expect(answer.noRetry == true)
    }

    @Test func `a non-retriable error is final at once`() async throws {
        let function = Function("never", on: Ping.self) { _, step in
            try await step.run("broken") { throw NonRetriableError("no such account", cause: Broken()) }
        }
        let answer = try await ScriptedServer(function).call()
        let report = try #require(try answer.reports.first)
        #expect(report.op == "StepFailed")
        #expect(report.error?["cause"]?["name"]?.string == "Broken")
        #expect(answer.noRetry == true)
    }

    @Test func `an error can choose when it is tried again`() async throws {
        let function = Function("later", on: Ping.self) { _, step in
            try await step.run("broken") { throw RetryAfter(.milliseconds(1_500)) }
        }
        let answer = try await ScriptedServer(function).call()
        #expect(answer.retryAfter == "2")
        #expect(answer.noRetry == false)
    }

    @Test func `a recorded failure reaches the function as a step error`() async throws {
        let function = Function("caught", on: Ping.self) { _, step in
            do {
                return try await step.run("broken") { "fine" }
            } catch let error as StepError {
                return "\(error.stepID): \(error.name): \(error.message)"
            }
        }
        let server = try ScriptedServer(function)
        server.record("broken", #"{"error":{"name":"Broken","message":"it broke"}}"#)
        #expect(try await server.call().body.text == #""broken: Broken: it broke""#)
    }

    @Test func `a step error that nobody catches fails the run without retries`() async throws {
        let server = try ScriptedServer(Self.failing)
        server.record("broken", #"{"error":{"name":"Broken","message":"it broke"}}"#)
        let answer = try await server.call()
        #expect(answer.status == 400)
        #expect(answer.noRetry == true)
        #expect(answer.body["name"]?.string == "Broken")
    }

    @Test func `an error outside of steps is tried again`() async throws {
        let function = Function("outside", on: Ping.self) { _, _ in throw Broken() }
        let answer = try await ScriptedServer(function).call()
        #expect(answer.status == 500)
        #expect(answer.noRetry == false)
        #expect(answer.body["name"]?.string == "Broken")
        #expect(answer.body["stack"]?.string?.contains("function 'outside'") == true)
    }

    @Test func `an error outside of steps can choose when it is tried again`() async throws {
        let function = Function("later", on: Ping.self) { _, _ in throw RetryAfter(.seconds(90)) }
        let answer = try await ScriptedServer(function).call()
        #expect(answer.status == 500)
        #expect(answer.retryAfter == "90")
    }

    @Test func `an event of another shape is refused and says where it differs`() async throws {
        let server = try ScriptedServer(
            Self.failing, event: #"{"name":"test.event","data":{"text":7},"id":"e1","ts":1}"#)
        let answer = try await server.call()
        #expect(answer.status == 400)
        #expect(answer.body["message"]?.string?.contains("SW0203") == true)
        #expect(answer.body["message"]?.string?.contains("at text") == true)
    }

    @Test func `a step inside a step is refused`() async throws {
        let function = Function("nested", on: Ping.self) { _, step in
            try await step.run("outer") { try await step.run("inner") { 1 } }
        }
        let report = try #require(try await ScriptedServer(function).reports().first)
        #expect(report.op == "StepFailed")
        #expect(report.error?["message"]?.string?.contains("SW0207") == true)
        #expect(report.error?["message"]?.string?.contains("'outer'") == true)
    }

    @Test func `a step under a name that was another kind of step is refused`() async throws {
        let function = Function("changed", on: Ping.self) { _, step in try await step.sleep("a", for: .seconds(1)) }
        let server = try ScriptedServer(function)
        server.record("a", #"{"data":1}"#)
        let answer = try await server.call()
        #expect(answer.status == 500)
        #expect(answer.body["message"]?.string?.contains("SW0211") == true)
    }

    @Test func `a wanted step that the function never reaches is refused when it has ended`() async throws {
        let function = Function("gone", on: Ping.self) { _, _ in 1 }
        let answer = try await ScriptedServer(function).call(target: "a")
        #expect(answer.status == 500)
        #expect(answer.body["message"]?.string?.contains("SW0210") == true)
    }

    @Test func `an error thrown before the wanted step is the one that is told`() async throws {
        let function = Function("early", on: Ping.self) { _, step in
            if step.attempt >= 0 { throw RetryAfter(.seconds(90), "the disk is full") }
            try await step.run("a") {}
        }
        let answer = try await ScriptedServer(function).call(target: "a")
        #expect(answer.status == 500)
        #expect(answer.noRetry == false)
        #expect(answer.retryAfter == "90")
        #expect(answer.body["name"]?.string == "RetryAfterError")
        #expect(answer.body["message"]?.string == "the disk is full")
        #expect(answer.body["cause"]?["message"]?.string?.contains("SW0210") == true)
    }

    @Test func `an error thrown before the wanted step that is final stays so`() async throws {
        let function = Function("early", on: Ping.self) { _, step in
            if step.attempt >= 0 { throw NonRetriableError("no such account", cause: Broken()) }
            try await step.run("a") {}
        }
        let answer = try await ScriptedServer(function).call(target: "a")
        #expect(answer.status == 400)
        #expect(answer.noRetry == true)
        #expect(answer.body["name"]?.string == "NonRetriableError")
        #expect(answer.body["cause"]?["cause"]?["name"]?.string == "Broken")
    }

    @Test func `a wanted step that does not turn up among others is refused after a while`() async throws {
        let function = Function("renamed", on: Ping.self) { _, step in try await step.run("new-name") { 1 } }
        let server = try ScriptedServer(function, runner: .test(patience: .milliseconds(1)))
        let answer = try await server.call(target: "old-name")
        #expect(answer.status == 500)
        #expect(answer.body["message"]?.string?.contains("'new-name'") == true)
    }

    @Test func `a recorded result of another shape is refused and names the step`() async throws {
        let function = Function("shape", on: Ping.self) { _, step in try await step.run("a") { 1 } }
        let server = try ScriptedServer(function)
        server.record("a", #"{"data":"one"}"#)
        let answer = try await server.call()
        #expect(answer.status == 500)
        #expect(answer.body["message"]?.string?.contains("SW0204") == true)
    }

    @Test func `a result of more than four mebibytes fails the step`() async throws {
        let function = Function("large", on: Ping.self) { _, step in
            try await step.run("a") { String(repeating: "x", count: StepResult.byteCountMax) }
        }
        let report = try #require(try await ScriptedServer(function).reports().first)
        #expect(report.op == "StepFailed")
        #expect(report.error?["message"]?.string?.contains("SW0206") == true)
    }

    // MARK: Limits

    @Test func `what a function returns is at most four mebibytes`() async throws {
        for (count, code) in [(StepResult.byteCountMax - 2, nil), (StepResult.byteCountMax - 1, "SW0206")] {
            let function = Function("large", on: Ping.self) { _, _ in String(repeating: "x", count: count) }
            let answer = try await ScriptedServer(function).call()
            #expect(answer.status == (code == nil ? 200 : 400))
            if let code { #expect(answer.body["message"]?.string?.hasPrefix(code) == true) }
        }
    }

    @Test func `at most a thousand steps wait at the same time`() async throws {
        for (count, code) in [(1_000, nil), (1_001, "SW0213")] {
            let function = Function("many", on: Ping.self) { _, step in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for part in 0..<count { group.addTask { try await step.run("part-\(part)") {} } }
                    try await group.waitForAll()
                }
            }
            let answer = try await ScriptedServer(function).call()
            #expect(answer.status == (code == nil ? 206 : 400))
            #expect(answer.noRetry == (code == nil ? nil : true))
            if let code { #expect(answer.body["message"]?.string?.hasPrefix(code) == true) }
        }
    }

    @Test func `deferrals count among the thousand, and the refusal names the sum`() async throws {
        let later = Function("later", input: Ping.self, triggers: [.deferred]) { _, _ in }
        let function = Function("many", on: Ping.self) { _, step in
            _ = try step.defer("one", later, with: Ping())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for part in 0..<1_000 { group.addTask { try await step.run("part-\(part)") {} } }
                try await group.waitForAll()
            }
        }
        let message = try await ScriptedServer(function).call().body["message"]?.string ?? ""
        #expect(message.hasPrefix("SW0213") && message.contains("1001 in all; at most 1000 can."), "\(message)")
    }

    @Test func `a reply of more than eight mebibytes is refused here`() async throws {
        let function = Function("heavy", on: Ping.self) { _, step in
            let other = FunctionReference<String, Void>("other")
            let payload = String(repeating: "x", count: 3 << 20)
            async let a: Void = step.invoke("a", other, with: payload)
            async let b: Void = step.invoke("b", other, with: payload)
            async let c: Void = step.invoke("c", other, with: payload)
            _ = try await (a, b, c)
        }
        let answer = try await ScriptedServer(function).call()
        #expect(answer.status == 400)
        #expect(answer.noRetry == true)
        #expect(answer.body["message"]?.string?.hasPrefix("SW0214") == true)
    }

    @Test func `an error too long to be told is tried again as it would have been`() async throws {
        let function = Function("wordy", on: Ping.self) { _, _ in
            throw RetryAfter(.seconds(90), String(repeating: "x", count: 9 << 20))
        }
        let answer = try await ScriptedServer(function).call()
        #expect(answer.status == 500)
        #expect(answer.noRetry == false)
        #expect(answer.retryAfter == "90")
        #expect(answer.body["message"]?.string?.hasPrefix("SW0214") == true)
    }
}
