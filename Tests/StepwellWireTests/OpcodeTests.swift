import StepwellModel
import Testing

@testable import StepwellWire

private func decode(_ text: String) throws -> [Opcode] { try Opcode.decode(Array(text.utf8)) }

struct OpcodeTests {
    @Test func `an operation is read with all its parts`() throws {
        let text = #"""
            {"op":"StepRun","id":"abc","name":"n","displayName":"my step","opts":{"type":"step.run","input":[1],"extra":{"b":1,"a":2}},
             "data":{"z":1,"a":[1.0]},"userland":{"id":"my step","index":2},"timing":{"a":1700000000000000000,"b":5},"metadata":[{"kind":"k"}],"new":1}
            """#
        let opcode = try #require(try decode(text).first)
        #expect(opcode.kind == .stepRun)
        #expect(opcode.id == "abc")
        #expect(opcode.title == "my step")
        #expect(opcode.data?.text == #"{"a":[1],"z":1}"#)
        #expect(opcode.options?.text == #"{"extra":{"a":2,"b":1},"input":[1],"type":"step.run"}"#)
        #expect(opcode.stepType == "step.run")
        #expect(opcode.input?.text == "[1]")
        #expect(opcode.userland == .init(id: "my step", index: 2))
        #expect(opcode.timing == .init(startNanoseconds: 1_700_000_000_000_000_000, durationNanoseconds: 5))
        #expect(try Opcode.decode(Opcode.encode([opcode])) == [opcode])
    }

    @Test func `one operation, many and none are read`() throws {
        #expect(try decode(#"{"op":"None","id":""}"#).map(\.kind) == [Opcode.Kind.none])
        #expect(try decode(#" [ {"op":"StepPlanned","id":"a"} , {"op":"Sleep","id":"b"} ] "#).map(\.id) == ["a", "b"])
        #expect(try decode("[]").isEmpty)
    }

    @Test func `kinds are read in any case and unknown ones kept`() throws {
        let kinds: [Opcode.Kind] = [
            .none, .step, .stepRun, .stepError, .stepFailed, .stepPlanned, .sleep, .waitForEvent, .waitForSignal,
            .invokeFunction, .aiGateway,
            .gateway, .runComplete, .syncRunComplete, .discoveryRequest, .deferAdd, .deferAbort,
        ]
        for kind in kinds {
            #expect(Opcode.Kind(kind.text) == kind)
            #expect(Opcode.Kind(kind.text.lowercased()) == kind)
        }
        #expect(Opcode.Kind("AiGateway") == .aiGateway)
        #expect(Opcode.Kind("StepNotFound") == .unknown("StepNotFound"))
        #expect(Opcode.Kind.unknown("X").text == "X")
    }

    @Test func `durations and events come in opts or in the name`() throws {
        let sleeps = try decode(
            #"[{"op":"Sleep","id":"a","name":"1h"},{"op":"Sleep","id":"b","name":"b","opts":{"duration":"2h"}}]"#)
        #expect(sleeps.map(\.duration) == ["1h", "2h"])
        let waits = try decode(
            #"[{"op":"WaitForEvent","id":"a","name":"x/y","opts":{"timeout":"1h","if":"true"}},"#
                + #"{"op":"WaitForEvent","id":"b","name":"b","opts":{"event":"x/z","timeout":"","if":""}},{"op":"WaitForEvent","id":"c","name":"q","opts":null}]"#
        )
        #expect(waits.map(\.eventName) == ["x/y", "x/z", "q"])
        #expect(waits.map(\.timeout) == ["1h", "", nil])
        #expect(waits.map(\.condition) == ["true", nil, nil])
    }

    @Test func `an invocation names function and payload`() throws {
        let text =
            #"{"op":"InvokeFunction","id":"a","opts":{"function_id":"app-f","payload":{"data":{"x":1}},"timeout":null,"parallelMode":"race"}}"#
        let opcode = try #require(try decode(text).first)
        #expect(opcode.functionID == "app-f")
        #expect(opcode.payload?["data"]?.text == #"{"x":1}"#)
        #expect(opcode.timeout == nil)
        #expect(opcode.isRace)
    }

    @Test func `a null result differs from no result`() throws {
        let opcodes = try decode(#"[{"op":"StepRun","id":"a","data":null},{"op":"StepRun","id":"b"}]"#)
        #expect(opcodes[0].data == .null)
        #expect(opcodes[1].data == nil)
        #expect(try Opcode.decode(Opcode.encode(opcodes)) == opcodes)
    }

    @Test func `lazy operations do not count for parallelism`() throws {
        #expect(
            try decode(#"[{"op":"DeferAdd","id":"a"},{"op":"DeferAbort","id":"b"},{"op":"StepRun","id":"c"}]"#).map(
                \.isLazy) == [true, true, false])
    }

    @Test(
        arguments: [
            ("", nil), ("[", nil), ("5", OpcodeError.notAnOperation), ("\"x\"", .notAnOperation),
            ("[1]", .notAnOperation), ("null", .notAnOperation),
            ("{}", .field("op", position: 0, expected: "the name of an operation")),
            (#"[{"op":"None"},{"op":"StepRun"}]"#, .field("id", position: 1, expected: "a hashed step id")),
            (#"{"op":5,"id":"a"}"#, .field("op", position: 0, expected: "a string")),
            (#"{"op":"StepRun","id":["a"]}"#, .field("id", position: 0, expected: "a string")),
        ] as [(String, OpcodeError?)])
    func `what is no operation is refused`(text: String, error: OpcodeError?) {
        let thrown = #expect(throws: OpcodeError.self) { try decode(text) }
        if let error { #expect(thrown == error) }
    }

    @Test func `1000 operations and 4 MiB of data are accepted and no more`() throws {
        func list(_ count: Int) -> String {
            "[" + Array(repeating: #"{"op":"StepPlanned","id":"a"}"#, count: count).joined(separator: ",") + "]"
        }
        #expect(try decode(list(1_000)).count == 1_000)
        #expect(throws: OpcodeError.tooMany(1_001)) { try decode(list(1_001)) }
        func step(_ bytes: Int) -> String {
            #"{"op":"StepRun","id":"a","data":""# + String(repeating: "x", count: bytes - 2) + #""}"#
        }
        #expect(try decode(step(4 << 20)).count == 1)
        #expect(throws: OpcodeError.dataTooLarge(id: "a", bytes: 4 << 20 + 1)) { try decode(step(4 << 20 + 1)) }
    }
}
