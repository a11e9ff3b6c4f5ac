import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Synchronization
import Testing

@testable import StepwellServer

/// Workers that answer what no worker should: each costs an attempt of its run, and nothing else.
@Suite(.timeLimit(.minutes(3)))
struct HostileWorkerTests {
    /// Runs a function with one attempt on a worker that answers every call with `answer`; its run, which must have failed.
    private func failure(
        configure: (inout ServerConfiguration) -> Void = { _ in },
        _ answer: @escaping ScriptedWorker.RawScript
    ) async throws -> RunRecord {
        let worker = try ScriptedWorker()
        worker.takeOver(answer)
        let bed = try TestBed(configure: configure)
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 0))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .failed)
        #expect(run.run.output?.slice["message"]?.string?.isEmpty == false)
        // The server lives on.
        #expect(try await bed.ask(.get, "/health").status == 200)
        return run
    }

    private static func answer(_ status: HTTPStatus, _ body: String, sdk: Bool = true) -> ScriptedWorker.RawScript {
        let headers: HTTPHeaders = sdk ? [Header.sdk: "test:v1"] : [:]
        return { _, responder in responder.respond(status: status, headers: headers, body: Array(body.utf8)) }
    }

    @Test(arguments: [
        (206, "not JSON", "not JSON"), (206, "", "not JSON"), (206, "7", "operation"), (206, "[7]", "operation"),
        (206, #"[{"id":"x"}]"#, "op"), (206, #"[{"op":"StepRun","id":""}]"#, "id"),
        (206, #"[{"op":"Teleport","id":"abc","displayName":"beam"}]"#, "Teleport"),
        (206, #"[{"op":"WaitForSignal","id":"abc","displayName":"s"}]"#, "names no signal to wait for"),
        (206, #"[{"op":"Sleep","id":"abc","name":"soon"}]"#, "soon"),
        (206, #"[{"op":"WaitForEvent","id":"abc","opts":{"timeout":"1h"}}]"#, "event"),
        (206, #"[{"op":"WaitForEvent","id":"abc","name":"x","opts":{"timeout":"never"}}]"#, "never"),
        (206, #"[{"op":"InvokeFunction","id":"abc","opts":{}}]"#, "function"),
        (206, #"[{"op":"InvokeFunction","id":"abc","opts":{"function_id":"f","payload":{"data":[1]}}}]"#, "object"),
        (201, "   ", "envelope"), (500, "boom", "boom"), (404, #"{"message":"gone"}"#, "gone"), (303, "", ""),
    ]) func `an answer that makes no sense fails the call with what is wrong`(
        status: Int, body: String, reason: String
    ) async throws {
        let run = try await failure(Self.answer(HTTPStatus(status), body))
        #expect(run.output.contains(reason), "\(run.output)")
    }

    @Test func `what is no SDK gets no run completed, whatever its status`() async throws {
        #expect(
            try await failure(Self.answer(200, "{}", sdk: false)).output.contains("did not come from an Inngest SDK"))
        let error = try await failure(Self.answer(502, "<html>", sdk: false))
        #expect(error.output.contains("Your server returned HTTP 502 before the SDK responded."))
    }

    @Test func `an answer that is cut off fails the call`() async throws {
        let run = try await failure { _, responder in
            responder.start(status: 200, headers: [Header.sdk: "test:v1"])
            responder.write(Array(#"{"half":"#.utf8))
            // Dropped without its end: the connection is closed in the middle of the answer.
        }
        #expect(run.output.contains("SW0433"))
    }

    @Test func `an answer of more than 8 MiB is not taken`() async throws {
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20 + 1)
        let whole = try await failure { _, responder in
            responder.respond(status: 200, headers: [Header.sdk: "test:v1"], body: large)
        }
        #expect(whole.output.contains("output_too_large"))
    }

    @Test func `a step's result of more than 4 MiB is not taken`() async throws {
        let large = "\"" + String(repeating: "x", count: 4 << 20) + "\""
        let run = try await failure(
            Self.answer(206, #"[{"op":"StepRun","id":"abc","displayName":"big","data":\#(large)}]"#))
        #expect(run.output.contains("output_too_large"))
    }

    @Test func `an answer that never ends is given up when the call's time is over`() async throws {
        let endless = Mutex<[HTTPResponder]>([])
        let run = try await failure(configure: { $0.callTimeout = .milliseconds(100) }) { _, responder in
            responder.start(status: 201, headers: [Header.sdk: "test:v1"])
            responder.write([32])
            endless.withLock { $0.append(responder) }
        }
        #expect(run.output.contains("SW0432"))
    }

    @Test func `redirects that lead in a circle are given up`() async throws {
        let count = Atomic<Int>(0)
        let run = try await failure { request, responder in
            count.add(1, ordering: .relaxed)
            responder.respond(status: 307, headers: ["Location": request.target])
        }
        #expect(run.output.contains("SW0430"))
        #expect(count.load(ordering: .relaxed) == 11)
    }

    @Test(arguments: ["http://169.254.169.254/latest", "http://[fe80::1]/", "ftp://x/", "http://"])
    func `a redirect to where no worker is is not followed`(location: String) async throws {
        _ = try await failure { _, responder in
            responder.respond(status: 307, headers: ["Location": location])
        }
    }

    @Test func `a redirect away from the hosts allowed is not followed`() async throws {
        let other = try ScriptedWorker()
        let port = other.port
        let run = try await failure(configure: { $0.appHosts = ["localhost"] }) { _, responder in
            responder.respond(status: 307, headers: ["Location": "http://127.0.0.1:\(port)/"])
        }
        #expect(run.output.contains("SW0414"))
        #expect(other.calls.isEmpty)
    }

    @Test func `an answer that comes after its call was given up changes nothing`() async throws {
        let held = Held()
        let worker = try ScriptedWorker()
        let isFirst = Atomic<Bool>(true)
        worker.takeOver { request, responder in
            if isFirst.exchange(false, ordering: .relaxed) { return held.keep(responder) }
            held.answerAll(with: .complete("\"late\""))
            responder.respond(status: 200, headers: [Header.sdk: "test:v1"], body: Array("\"second\"".utf8))
        }
        let bed = try TestBed { $0.callTimeout = .milliseconds(400) }
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.output == "\"second\"")
    }

    @Test func `a step that is reported twice is recorded once`() async throws {
        let worker = try ScriptedWorker { call in
            guard let memo = call.memo("one") else { return .report(.ran("one", "1"), .ran("one", "2")) }
            return .complete(memo.text)
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await bed.send(#"{"name":"a/b"}"#)
        let run = try await bed.run(of: event)
        #expect(run.output == #"{"data":1}"#)
        #expect(try bed.reader.steps(of: run.run.key).count == 1)
    }

    @Test func `more than a thousand operations at once fail the run without another attempt`() async throws {
        let plan = (0..<1_001).map { #"{"op":"StepPlanned","id":"s\#($0)"}"# }.joined(separator: ",")
        let count = Atomic<Int>(0)
        let worker = try ScriptedWorker()
        worker.takeOver { _, responder in
            count.add(1, ordering: .relaxed)
            responder.respond(status: 206, headers: [Header.sdk: "test:v1"], body: Array("[\(plan)]".utf8))
        }
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b", retries: 4))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .failed)
        #expect(
            run.output
                == #"{"error":"function has too many steps","message":"The function run exceeded the step limit of 1000 steps.","name":"InngestErrFunctionOverflowed"}"#
        )
        #expect(count.load(ordering: .relaxed) == 1)
    }

    @Test func `a worker that closes the connection without a word costs an attempt`() async throws {
        let sockets = try ClosingListener()
        defer { sockets.stop() }
        let bed = try TestBed()
        try await bed.register(at: "http://127.0.0.1:\(sockets.port)/api/inngest", .init("fn", on: "a/b", retries: 1))
        let run = try await bed.run(of: try await bed.send(#"{"name":"a/b"}"#))
        #expect(run.status == .failed && run.output.contains("SW0433"))
        #expect(try bed.reader.attempts(of: run.run.key).count == 2)
    }
}
