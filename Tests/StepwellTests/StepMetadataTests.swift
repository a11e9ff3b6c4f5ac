import StepwellModel
import Testing

@testable import Stepwell

/// What a step tells of itself, beside its result.
@Suite struct StepMetadataTests {
    @Test func `metadata go with the step's result`() async throws {
        let function = Function("tells", on: Ping.self) { _, step in
            try await step.run("load") {
                try step.addMetadata("rows", ["read": 3])
                try step.addMetadata("rows", ["read": 1], operation: .add)
                try step.addMetadata("source", ["file": "f"], operation: .set, to: .run)
            }
        }
        let report = try #require(try await ScriptedServer(function).reports().first)
        #expect(
            report.json["metadata"]?.text == """
                [{"kind":"rows","scope":"step","op":"merge","values":{"read":3}},\
                {"kind":"rows","scope":"step","op":"add","values":{"read":1}},\
                {"kind":"source","scope":"run","op":"set","values":{"file":"f"}}]
                """)
    }

    @Test func `a step that fails tells too, and one that has nothing to tell says nothing`() async throws {
        let function = Function("fails", on: Ping.self) { event, step in
            try await step.run("quiet") {}
            try await step.run("load") {
                try step.addMetadata("log", ["url": "http://h/1"])
                throw NonRetriableError("no")
            }
        }
        let server = try ScriptedServer(function)
        #expect(try await server.reports().first?.json["metadata"] == nil)
        server.record("quiet", #"{"data":null}"#)
        let report = try #require(try await server.reports().first)
        #expect(report.op == "StepFailed")
        #expect(report.json["metadata"]?.elements?.count == 1)
    }

    static let refusals: [@Sendable (Step) throws -> Void] = [
        { try $0.addMetadata("", ["a": 1]) }, { try $0.addMetadata(String(repeating: "k", count: 129), ["a": 1]) },
        { try $0.addMetadata("k", [1]) }, { try $0.addMetadata("k", ["a": String(repeating: "x", count: 65_536)]) },
    ]

    @Test(arguments: refusals.indices) func `what cannot be recorded is refused`(index: Int) async throws {
        let function = Function("refused", on: Ping.self) { _, step in
            try await step.run("load") { try Self.refusals[index](step) }
        }
        let report = try #require(try await ScriptedServer(function).reports().first)
        #expect(report.op == "StepFailed")
        #expect(report.error?["message"]?.string?.hasPrefix("SW0237") == true)
    }

    @Test func `outside of a step's body nothing is told`() async throws {
        let function = Function("outside", on: Ping.self) { _, step in try step.addMetadata("k", ["a": 1]) }
        let reply = try await ScriptedServer(function).call()
        #expect(reply.status == 400)
        #expect(reply.body["message"]?.string?.hasPrefix("SW0237") == true)
    }
}
