import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// Metadata and deferred functions, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct MetadataTests {
    private func bed() async throws -> (rest: RESTBed, worker: ScriptedWorker) {
        let worker = try ScriptedWorker { call in
            if call.function == "app-later" { return .complete(call.event.slice["data"]?["n"]?.text ?? "") }
            guard call.has("one") else {
                var step = Opcode.ran("one", "1")
                step.metadata = RawJSON(
                    #"[{"kind":"cost","op":"add","values":{"eur":1}},{"kind":"cost","op":"add","values":{"eur":2.5}},{"bad":1}]"#
                )
                let later = Opcode(
                    .deferAdd, id: StepID.hashed("later"),
                    options: RawJSON(#"{"fn_slug":"app-later","input":{"n":7}}"#))
                return .report(step, later)
            }
            return .complete("\(call.request.deferred.map { $0.isAbortable })")
        }
        let rest = try RESTBed()
        let later = TestBed.Function(
            "later", on: "inngest/deferred.schedule", if: "event.data._inngest.fn_slug == 'app-later'")
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"), later)
        return (rest, worker)
    }

    @Test func `a deferred function runs after its run, and both are shown`() async throws {
        let (rest, worker) = try await bed()
        defer { worker.stop() }
        let run = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#))
        #expect(run.output == "[true]")
        let shown = try await rest.get("/api/runs/\(run.run.id)").json
        #expect(
            shown["defers"]?.text
                == #"[{"id":"\#(StepID.hashed("later"))","function":"app-later","status":"scheduled","input":{"n":7}}]"#
        )
        let entry = try #require(shown["metadata"]?.elements?.first)
        #expect(entry["step_id"]?.string == StepID.hashed("one"))
        #expect(entry["kind"]?.string == "cost")
        #expect(entry["values"]?.text == #"{"eur":3.5}"#)
        #expect(shown["metadata"]?.elements?.count == 1)
        let later = try await rest.bed.eventually { reader in
            try reader.runs(RunQuery(functions: ["app-later"], statuses: [.completed], includesOutput: true)).rows.first
        }
        #expect(later.output == "7")
    }

    @Test func `metadata are added to a run that has ended, and to a step by its name`() async throws {
        let (rest, worker) = try await bed()
        defer { worker.stop() }
        let run = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#)).run.id
        func post(_ body: String) async throws -> TestBed.Answer {
            try await rest.bed.ask(.post, "/v1/runs/\(run)/metadata", body: body)
        }
        #expect(
            try await post(
                #"{"metadata":[{"kind":"score","op":"set","values":{"a":1,"b":2}},{"kind":"score","op":"delete","values":{"a":0}}]}"#
            ).status == 200)
        #expect(
            try await post(#"{"target":{"step_id":"one"},"metadata":[{"kind":"note","values":{"by":"Ada"}}]}"#).status
                == 200)
        let shown = try await rest.get("/api/runs/\(run)").json["metadata"]?.elements ?? []
        #expect(shown.map { $0["values"]?.text } == [#"{"eur":3.5}"#, #"{"b":2}"#, #"{"by":"Ada"}"#])
        #expect(shown.map { $0["step_id"]?.string } == [StepID.hashed("one"), nil, StepID.hashed("one")])
        let large = String(repeating: "x", count: 64 << 10)
        let refused = try await post(#"{"metadata":[{"kind":"k","values":{"v":"\#(large)"}}]}"#)
        #expect(refused.status == 413 && refused.json["code"]?.string == "SW0511")
    }

    @Test(arguments: [
        "x", "{}", #"{"metadata":[]}"#, #"{"metadata":[1]}"#, #"{"metadata":[{"kind":"","values":{}}]}"#,
        #"{"metadata":[{"kind":"k"}]}"#, #"{"metadata":[{"kind":"k","values":[]}]}"#,
        #"{"metadata":[{"kind":"k","op":"replace","values":{}}]}"#,
        #"{"target":1,"metadata":[{"kind":"k","values":{}}]}"#,
        #"{"target":{"step_id":""},"metadata":[{"kind":"k","values":{}}]}"#,
        #"{"target":{"step_id":"a","step_index":-1},"metadata":[{"kind":"k","values":{}}]}"#,
        #"{"target":{"step_id":"a","step_index":"1"},"metadata":[{"kind":"k","values":{}}]}"#,
        #"{"target":{"step_id":"a","step_index":1.5},"metadata":[{"kind":"k","values":{}}]}"#,
        #"{"target":{"step_index":1},"metadata":[{"kind":"k","values":{}}]}"#,
        #"{"target":{"step":"a"},"metadata":[{"kind":"k","values":{}}]}"#,
    ])
    func `what is no metadata is refused`(body: String) async throws {
        let (rest, worker) = try await bed()
        defer { worker.stop() }
        let run = try await rest.bed.run(of: try await rest.bed.send(#"{"name":"a/b"}"#)).run.id
        let answer = try await rest.bed.ask(.post, "/v1/runs/\(run)/metadata", body: body)
        #expect(answer.status == 400 && answer.json["code"]?.string == "SW0400")
    }

    @Test func `metadata of a run that does not exist are 404`() async throws {
        let rest = try RESTBed()
        let answer = try await rest.bed.ask(
            .post, "/v1/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/metadata", body: #"{"metadata":[{"kind":"k","values":{}}]}"#)
        #expect(answer.status == 404)
    }
}
