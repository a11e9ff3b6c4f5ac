import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// Waits that look back, and waits for several events, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct LookBackTests {
    private static func wait(_ step: String, for event: String, _ more: String) -> Opcode {
        Opcode(
            .waitForEvent, id: StepID.hashed(step), displayName: step,
            options: RawJSON(validated: Array(#"{"event":"\#(event)","timeout":"1h",\#(more)}"#.utf8)))
    }

    @Test(arguments: ["run_start", "1h", "2000-01-01T00:00:00Z"])
    func `an event that came between the run's start and the wait ends it`(since: String) async throws {
        let rest = try RESTBed()
        let (held, called) = (Held(), Occurrence())
        let worker = try ScriptedWorker()
        worker.takeOver { _, responder in
            held.keep(responder)
            called.happen()
        }
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b","data":{"k":1}}"#)
        try await called.happened()
        try await rest.bed.send(#"{"name":"a/done","data":{"k":2}}"#)
        try await rest.bed.send(#"{"name":"a/done","data":{"k":1,"n":"early"}}"#)
        worker.follow { call in .complete(call.memo("wait")?.slice["data"]?["n"]?.text ?? "null") }
        held.answerAll(
            with: .report(
                Self.wait("wait", for: "a/done", #""if":"event.data.k == async.data.k","since":"\#(since)""#)))
        #expect(try await rest.bed.run(of: event).output == #""early""#)
    }

    @Test(arguments: [
        (#""since":"soon""#, "neither a duration nor a date"), (#""since":"400d""#, "looks back by 400d"),
    ])
    func `a look-back that makes no sense is a failed attempt`(option: String, reason: String) async throws {
        let worker = try ScriptedWorker { _ in .report(Self.wait("wait", for: "a/done", option)) }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 0))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .failed && run.output.contains(reason), "\(run.output)")
    }

    @Test func `the first of several events ends all their waits`() async throws {
        let rest = try RESTBed()
        let worker = try ScriptedWorker { call in
            guard call.has("one") else {
                return .report(
                    Self.wait("one", for: "a/one", #""any":"g""#), Self.wait("two", for: "a/two", #""any":"g""#))
            }
            return .complete("[\(call.memo("one")?.text ?? ""),\(call.memo("two")?.slice["name"]?.text ?? "")]")
        }
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b"}"#)
        try await rest.bed.untilWaiting(event)
        try await rest.bed.send(#"{"name":"a/two"}"#)
        #expect(try await rest.bed.run(of: event).output == #"[null,"a/two"]"#)
        #expect(try rest.bed.reader.facts().jobs == 0)
    }
}
