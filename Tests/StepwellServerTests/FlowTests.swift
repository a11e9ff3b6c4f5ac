import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire
import Testing

@testable import StepwellServer

/// Whole ways through the server, with a real worker behind it.
@Suite(.timeLimit(.minutes(1)))
struct FlowTests {
    @Test func `a function without steps is called once and its result is the run's`() async throws {
        let worker = try ScriptedWorker { _ in .complete(#"{"ok":true}"#) }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"n":1}}"#))
        #expect(run.status == .completed)
        #expect(run.output == #"{"ok":true}"#)
        #expect(worker.calls.count == 1)
        #expect(worker.calls[0].event.slice["data"]?.text == #"{"n":1}"#)
    }

    @Test func `steps run once each, and every call brings the results so far`() async throws {
        let worker = try ScriptedWorker { call in
            if !call.has("one") { return .report(.ran("one", "1")) }
            if !call.has("two") { return .report(.ran("two", #"{"x":2}"#)) }
            return .complete("[\(call.memo("one")?.text ?? ""),\(call.memo("two")?.text ?? "")]")
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.output == #"[{"data":1},{"data":{"x":2}}]"#)
        #expect(worker.calls.count == 3)
        #expect(worker.calls.map(\.request.context.stack.count) == [0, 1, 2])
        #expect(worker.calls.map(\.request.version) == [-1, 2, 2])
        #expect(worker.calls.map(\.request.context.attempt) == [0, 0, 0])
    }
}
