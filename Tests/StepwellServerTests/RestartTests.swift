import Glibc
import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellSQLite
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// A server that is stopped goes on where it was, from its file alone.
@Suite(.timeLimit(.minutes(3)))
struct RestartTests {
    private func bed(_ directory: TemporaryDirectory) throws -> TestBed {
        let path = directory.path + "/stepwell.db"
        return try TestBed(store: try SQLiteStore(path: path), reader: try SQLiteReader(path: path))
    }

    @Test func `sleeps, waits, retries and queued runs go on after a restart`() async throws {
        let directory = try TemporaryDirectory()
        let worker = try ScriptedWorker { call in
            switch call.function {
            case "app-sleeps": return call.has("nap") ? .complete("1") : .report(.sleep("nap", "1s"))
            case "app-waits":
                return call.has("wait") ? .complete("2") : .report(.wait("wait", for: "a/go", timeout: "1h"))
            case "app-retries":
                return call.request.context.attempt > 0
                    ? .complete("3") : .fail("once", headers: [("Retry-After", "1")])
            default: return .complete("4")
            }
        }
        let event: ULID
        let queued: ULID
        do {
            let first = try bed(directory)
            try await first.register(
                at: worker.url, .init("sleeps", on: "a/b"), .init("waits", on: "a/b"), .init("retries", on: "a/b"))
            try await first.register(app: "gone", at: "http://127.0.0.1:9/x", .init("queued", on: "a/queued"))
            event = try await first.send(#"{"name":"a/b"}"#)
            queued = try await first.send(#"{"name":"a/queued"}"#)
            try await first.untilAllCalled(event, count: 3)
            first.server.stop(grace: .zero)
        }
        let second = try bed(directory)
        try await second.send(#"{"name":"a/go"}"#)
        let runs = try await second.runs(of: event, count: 3)
        #expect(Set(runs.map(\.output)) == ["1", "2", "3"])
        try await second.register(app: "gone", at: worker.url, .init("queued", on: "a/queued"))
        #expect(try await second.run(of: queued).output == "4")
    }

    @Test func `a call that was under way is made again under a new generation`() async throws {
        let directory = try TemporaryDirectory()
        let worker = try ScriptedWorker()
        let held = Held()
        let started = Occurrence()
        worker.takeOver { _, responder in
            held.keep(responder)
            started.happen()
        }
        let event: ULID
        do {
            let first = try bed(directory)
            try await first.register(at: worker.url, .init("fn", on: "a/b", retries: 0))
            event = try await first.send(#"{"name":"a/b"}"#)
            try await started.happened()
            first.server.stop(grace: .zero)
        }
        worker.follow { _ in .complete("1") }
        let second = try bed(directory)
        held.answerAll(with: .complete("0"))
        let run = try await second.run(of: event)
        #expect(run.output == "1")
        let call = try #require(worker.calls.first)
        #expect(call.request.context.attempt == 0)
        #expect(call.request.context.generation >= 2 << 20)
    }

    @Test func `a request of the server's own is made again after a restart, and recorded once`() async throws {
        let directory = try TemporaryDirectory()
        let (held, started) = (Held(), Occurrence())
        let other = try ScriptedWorker()
        other.takeOver { _, responder in
            held.keep(responder)
            started.happen()
        }
        let options = #"{"url":"http://127.0.0.1:\#(other.port)/"}"#
        let worker = try ScriptedWorker { call in
            if let memo = call.memo("get") { return .complete(memo.slice["data"]?["body"]?.text ?? "") }
            return .report(
                Opcode(.gateway, id: StepID.hashed("get"), options: RawJSON(validated: Array(options.utf8))))
        }
        let event: ULID
        do {
            let first = try bed(directory)
            try await first.register(at: worker.url, .init("fn", on: "a/b", retries: 0))
            event = try await first.send(#"{"name":"a/b"}"#)
            try await started.happened()
            first.server.stop(grace: .zero)
        }
        other.takeOver { _, responder in responder.respond(status: 200, body: Array("again".utf8)) }
        let second = try bed(directory)
        held.answerAll(with: .init(status: 200, body: Array("late".utf8)))
        let run = try await second.run(of: event)
        #expect(run.output == #""again""#)
        #expect(try second.reader.steps(of: run.run.key).map(\.attempts) == [1])
    }

    @Test func `an event that came before the restart is still known by its id`() async throws {
        let directory = try TemporaryDirectory()
        let worker = try ScriptedWorker()
        let first = try bed(directory)
        try await first.register(at: worker.url, .init("fn", on: "a/b"))
        _ = try await first.run(of: try await first.send(#"{"name":"a/b","id":"same"}"#))
        first.server.stop(grace: .zero)
        let second = try bed(directory)
        let again = try await second.send(#"{"name":"a/b","id":"same"}"#)
        let other = try await second.send(#"{"name":"a/b","id":"other"}"#)
        _ = try await second.run(of: other)
        #expect(try second.reader.runs(RunQuery(event: again)).rows.isEmpty)
        #expect(worker.calls.count == 2)
        // Ids never go back, also across a restart.
        #expect(other > again)
    }

    @Test func `after a restart a function is what it was, and registering it again changes nothing of it`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let url = "http://127.0.0.1:9/api/inngest"
        let before: FunctionPlan
        do {
            let first = try bed(directory)
            try await first.register(at: url, .init("fn", on: "a/b"))
            before = try #require(first.server.engine.configuration.function(named: "app-fn"))
            first.server.stop(grace: .zero)
        }
        let second = try bed(directory)
        let after = try #require(second.server.engine.configuration.function(named: "app-fn"))
        #expect(after.blueprint.url == "http://localhost:9/api/inngest?fnId=app-fn&stepId=step")
        #expect(after.blueprint.url == before.blueprint.url)
        #expect(after.blueprint.source == before.blueprint.source)
        #expect(after.blueprint.source.text.contains("127.0.0.1") == false)
        // Another function makes it a registration that has to be looked at.
        try await second.register(at: url, .init("fn", on: "a/b"), .init("new", on: "a/b"))
        #expect(second.server.engine.configuration.function(named: "app-fn") === after)
        #expect(second.server.engine.configuration.function(named: "app-new") != nil)
    }

    @Test func `a second server on the same file is refused`() async throws {
        let directory = try TemporaryDirectory()
        let first = try bed(directory)
        #expect(throws: (any Error).self) { try bed(directory) }
        #expect(try await first.ask(.get, "/health").status == 200)
    }
}

extension TestBed {
    /// Returns once every run of `event` has got beyond its first call: it waits for a timer or an event.
    func untilAllCalled(_ event: ULID, count: Int) async throws {
        _ = try await eventually { reader -> Bool? in
            let runs = try reader.runs(RunQuery(event: event)).rows
            return runs.count == count && runs.allSatisfy { $0.status != .queued } ? true : nil
        }
    }
}

/// A directory that goes away with its owner.
final class TemporaryDirectory: Sendable {
    struct Failure: Error {}

    let path: String

    init() throws {
        var template = Array("/tmp/stepwell-server-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure() }
        path = String(cString: made)
    }

    deinit {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink("\(path)/\(name)")
        }
        closedir(directory)
        rmdir(path)
    }
}
