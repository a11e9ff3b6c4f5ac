import Dispatch
import StepwellModel
import Synchronization
import Testing

@testable import Stepwell

/// Functions are ordinary Swift: parts of them run on actors, in other tasks, or wait for things that are no steps.
@Suite struct IsolationTests {
    @Test func `a function on the main actor runs its steps there`() async throws {
        let function = Function("main", on: Ping.self) { @MainActor _, step in
            MainActor.assertIsolated()
            let one = try await step.run("one") {
                MainActor.assertIsolated()
                return 1
            }
            MainActor.assertIsolated()
            return try await step.run("two") { one + 1 }
        }
        let server = try ScriptedServer(function)
        #expect(try await server.runToEnd().body.text == "2")
        #expect(server.stack.count == 2)
    }

    @Test func `an actor with an executor of its own can call steps`() async throws {
        let worker = QueueActor()
        let function = Function("queue", on: Ping.self) { _, step in try await worker.work(step) }
        let server = try ScriptedServer(function)
        #expect(try await server.runToEnd().body.text == "3")
    }

    @Test func `parallel branches that go through an actor are found together`() async throws {
        let counter = Counter()
        let function = Self.branches { await counter.next() }
        let server = try ScriptedServer(function)
        #expect(try await server.reports().map(\.name).sorted() == ["branch-0", "branch-1", "branch-2"])
        #expect(try await server.runToEnd().body.text == "3")
        #expect(server.stack.count == 3)
    }

    @Test func `a branch that waits for something else is found in a later call`() async throws {
        let goOn = Signal()
        let function = Function("late", on: Ping.self) { _, step in
            async let quick = step.run("quick") { 1 }
            await goOn.wait()
            return try await step.run("late") { 2 } + quick
        }
        let server = try ScriptedServer(function)
        #expect(try await server.reports().map(\.name) == ["quick"])
        goOn.signal()
        server.record("quick", #"{"data":1}"#)
        #expect(try await server.runToEnd().body.text == "3")
        #expect(server.stack == ["quick", "late"].map { StepHash(of: $0) })
    }

    private static func branches(_ before: @escaping @Sendable () async -> Void) -> Function<Ping, Int> {
        Function("branches", on: Ping.self) { _, step in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for branch in 0..<3 {
                    group.addTask {
                        await before()
                        return try await step.run("branch-\(branch)") { branch }
                    }
                }
                return try await group.reduce(0, +)
            }
        }
    }

    @Test func `an unstructured task can call steps`() async throws {
        let function = Function("task", on: Ping.self) { _, step in
            let task = Task { try await step.run("inner") { 5 } }
            return try await task.value
        }
        #expect(try await ScriptedServer(function).runToEnd().body.text == "5")
    }

    @Test func `a detached task can call steps`() async throws {
        let function = Function("detached", on: Ping.self) { _, step in
            let task = Task.detached { try await step.run("inner") { 6 } }
            return try await task.value
        }
        #expect(try await ScriptedServer(function).runToEnd().body.text == "6")
    }

    @Test func `sleeping outside a step delays the function`() async throws {
        let journal = Journal()
        let function = Function("nap", on: Ping.self) { _, step in
            let started = ContinuousClock.now
            try await Task.sleep(for: .milliseconds(5))
            journal.note(ContinuousClock.now - started >= .milliseconds(5) ? "slept" : "woke early")
            let one = try await step.run("one") {
                journal.note("one")
                return 1
            }
            try await Task.sleep(for: .milliseconds(5))
            journal.note("slept again")
            return one
        }
        #expect(try await ScriptedServer(function).runToEnd().body.text == "1")
        #expect(journal.entries == ["slept", "one", "slept again"])
    }

    @Test func `sleeping outside a step delays no step beside it`() async throws {
        let function = Function("nap", on: Ping.self) { _, step in
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask {
                    try await Task.sleep(for: .seconds(3_600))
                    return try await step.run("after an hour") { "late" }
                }
                group.addTask { try await step.run("at once") { "early" } }
                defer { group.cancelAll() }
                return try await group.next() ?? ""
            }
        }
        let server = try ScriptedServer(function)
        #expect(try await server.runToEnd().body.text == #""early""#)
        #expect(server.stack == [StepHash(of: "at once")])
    }

    @Test func `a continuation resumed on another thread brings the function back`() async throws {
        let function = Function("callback", on: Ping.self) { _, step in
            let value = await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(returning: 4) }
            }
            return try await step.run("use") {
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().async { continuation.resume(returning: value + 1) }
                }
            }
        }
        #expect(try await ScriptedServer(function).runToEnd().body.text == "5")
    }

    @Test func `a step that blocks its thread is only slow`() async throws {
        let function = Function("blocking", on: Ping.self) { _, step in
            let done = try await step.run("block") {
                let semaphore = DispatchSemaphore(value: 0)
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(10)) { semaphore.signal() }
                return Self.wait(semaphore)
            }
            return done
        }
        #expect(try await ScriptedServer(function).runToEnd().body.text == "true")
    }

    private static func wait(_ semaphore: DispatchSemaphore) -> Bool { semaphore.wait(timeout: .now() + 5) == .success }

    @Test func `task-local values of the caller reach the step's body`() async throws {
        let function = Function("locals", on: Ping.self) { _, step in
            try await Trace.$name.withValue("outer") { try await step.run("read") { Trace.name } }
        }
        #expect(try await ScriptedServer(function).runToEnd().body.text == #""outer""#)
    }

    @Test func `what the caller of the handler has in task-local values stays with the caller`() async throws {
        let function = Function("apart", on: Ping.self) { _, _ in Trace.name }
        let server = try ScriptedServer(function)
        let answer = try await Trace.$name.withValue("request 1") { try await server.call() }
        #expect(answer.body.text == #""none""#)
    }

    enum Trace {
        @TaskLocal static var name = "none"
    }

    actor Counter {
        private var value = 0
        func next() { value += 1 }
    }

    final class QueueExecutor: SerialExecutor {
        let queue = DispatchQueue(label: "steps")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }

    actor QueueActor {
        private let executor = QueueExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        private var total = 0

        func work(_ step: Step) async throws -> Int {
            total = try await step.run("one") {
                dispatchPrecondition(condition: .onQueue(executor.queue))
                return 1
            }
            dispatchPrecondition(condition: .onQueue(executor.queue))
            return try await step.run("two") { total + 2 }
        }
    }
}
