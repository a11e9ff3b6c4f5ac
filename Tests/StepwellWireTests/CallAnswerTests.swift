import StepwellModel
import Testing

@testable import StepwellWire

private let now = Timestamp(milliseconds: 1_700_000_000_000)
private let sdk = ("x-inngest-sdk", "inngest-js:v4.0.0")

private func interpret(_ status: Int, _ headers: [(String, String)], _ body: String) -> CallAnswer {
    CallAnswer(status: status, headers: Header.lookup(in: headers), body: Array(body.utf8), at: now)
}

private func interpret(_ status: Int, _ body: String) -> CallAnswer { interpret(status, [sdk], body) }

struct CallAnswerTests {
    @Test(arguments: [
        ("null", "null"), ("", "null"), (" \n", "null"), ("5", "5"), (#"{"b":1,"a":2}"#, #"{"a":2,"b":1}"#),
        (#""text""#, #""text""#),
        ("hello \"you\"", #""hello \"you\"""#), (#""{\"b\":1,\"a\":2}""#, #"{"a":2,"b":1}"#),
        (#""{not json""#, #""{not json""#), (#""[1]""#, #""[1]""#),
        ("12345678901234567890", "12345678901234567890"),
    ])
    func `a 200 is the function's return value`(body: String, output: String) throws {
        let answer = interpret(200, body)
        guard case .complete(let json) = answer.outcome else { throw UnexpectedOutcome(answer: answer) }
        #expect(json.text == output)
        #expect(answer.retry == .usual)
        #expect(answer.sdk == "inngest-js:v4.0.0")
    }

    @Test func `a 206 reports operations and pins the version`() throws {
        let answer = interpret(206, [sdk, ("X-INNGEST-REQ-VERSION", "2")], #"[{"op":"StepRun","id":"a","data":1}]"#)
        guard case .operations(let opcodes) = answer.outcome else { throw UnexpectedOutcome(answer: answer) }
        #expect(opcodes == [Opcode(.stepRun, id: "a", data: RawJSON("1"))])
        #expect(answer.requestVersion == 2)
        #expect(interpret(206, "[]").outcome == .operations([]))
    }

    @Test(arguments: [
        (206, "", CallAnswer.Reason.malformed), (206, "hello", .malformed), (206, "\"x\"", .malformed),
        (206, #"[{"op":""}]"#, .malformed), (201, "not an envelope", .malformed),
        (201, "{}", .malformed), (500, #"{"name":"N","message":"m"}"#, .function),
        (400, #"{"name":"N","message":"m"}"#, .function), (500, "", .function),
        (302, "", .function),
    ])
    func `other answers of an SDK are failures`(status: Int, body: String, reason: CallAnswer.Reason) throws {
        #expect(try failure(interpret(status, body)).reason == reason)
    }

    @Test func `a plan that no run can hold is told from an answer that makes no sense`() {
        func plan(_ count: Int) -> CallAnswer.Outcome {
            let operation = #"{"op":"StepPlanned","id":"a"}"#
            let body = "[" + [String](repeating: operation, count: count).joined(separator: ",") + "]"
            return interpret(206, body).outcome
        }
        #expect(plan(1_001) == .tooManyOperations(1_001))
        #expect(plan(1_000) == .operations([Opcode](repeating: Opcode(.stepPlanned, id: "a"), count: 1_000)))
    }

    @Test func `a function's error keeps its parts`() throws {
        let answer = interpret(
            400, [sdk, ("x-inngest-no-retry", "true")], #"{"name":"N","message":"m","stack":"s","x":1}"#)
        #expect(try failure(answer).error.json.text == #"{"message":"m","name":"N","stack":"s","x":1}"#)
        #expect(answer.retry == .never)
        let doubled = interpret(500, #""{\"name\":\"N\",\"message\":\"m\"}""#)
        #expect(try failure(doubled).error == ErrorObject(name: "N", message: "m"))
    }

    @Test(arguments: [
        ("", "invalid status code: 500"), ("null", "invalid status code: 500"), ("oops", "oops"), (#""oops""#, "oops"),
        ("[1]", "invalid status code: 500"),
    ])
    func `an error that is no object becomes one`(body: String, message: String) throws {
        let error = try failure(interpret(500, body)).error
        #expect(error.name == "Error")
        #expect(error.message == message)
        #expect(error.json["error"]?.string == "invalid status code: 500")
    }

    @Test(arguments: [200, 201, 204, 206])
    func `a success without the SDK's header is none`(status: Int) throws {
        let failure = try failure(interpret(status, [], "null"))
        #expect(failure.reason == .notSDK)
        #expect(failure.error.message == "The response did not come from an Inngest SDK")
        #expect(try self.failure(interpret(status, [("X-Inngest-SDK", "")], "null")).reason == .notSDK)
    }

    @Test func `an error before the SDK is told apart`() throws {
        let failure = try failure(interpret(502, [], "<html>Bad gateway"))
        #expect(failure.reason == .notSDK)
        #expect(failure.error.name == "Server returned a fatal error")
        #expect(failure.error.message == "Your server returned HTTP 502 before the SDK responded.")
        #expect(failure.error.stack == "<html>Bad gateway")
    }

    /// As the Python SDK answers to a signature of another key: without any header of its own.
    @Test func `a refused signature is explained`() throws {
        let failure = try failure(interpret(401, [], #"{"message":"Unauthorized"}"#))
        #expect(failure.reason == .notSDK)
        #expect(failure.error.message.contains("its signing key is not that of this server"))
        #expect(failure.error.stack == #"{"message":"Unauthorized"}"#)
    }

    @Test(
        arguments: [
            ([], .usual), ([("x-inngest-no-retry", "true")], .never), ([("x-inngest-no-retry", "false")], .usual),
            ([("Retry-After", "30")], .after(.seconds(30))),
            ([("Retry-After", "0")], .after(.seconds(1))), ([("Retry-After", "-5")], .after(.seconds(1))),
            ([("Retry-After", "9999999")], .after(.hours(24))),
            ([("Retry-After", "soon")], .usual),
            ([("Retry-After", "Tue, 14 Nov 2023 22:14:20 GMT")], .after(.seconds(60))),
            ([("Retry-After", "2023-11-14T22:14:20.500Z")], .after(Milliseconds(60_500))),
            ([("Retry-After", "2020-01-01T00:00:00Z")], .after(.seconds(1))),
            ([("Retry-After", "30"), ("x-inngest-no-retry", "true")], .never),
        ] as [([(String, String)], CallAnswer.Retry)])
    func `headers say whether and when to try again`(headers: [(String, String)], retry: CallAnswer.Retry) {
        #expect(interpret(500, [sdk] + headers, "").retry == retry)
        #expect(interpret(206, [sdk] + headers, #"{"op":"StepError","id":"a","error":{}}"#).retry == retry)
    }

    @Test func `a stream's envelope counts instead of the response`() throws {
        let body =
            #"     {"status":206,"headers":{"x-inngest-no-retry":"true","X-Inngest-Req-Version":"2"},"body":"[{\"op\":\"StepRun\",\"id\":\"a\"}]","version":1}"#
        let answer = interpret(201, body)
        #expect(answer.outcome == .operations([Opcode(.stepRun, id: "a")]))
        #expect(answer.retry == .never)
        #expect(answer.requestVersion == 2)
        #expect(
            interpret(201, #"{"status":200,"headers":{},"body":"{\"a\":1}","version":2}"#).outcome
                == .complete(RawJSON(#"{"a":1}"#)))
        #expect(interpret(201, #"{"status":200,"body":{"a":1},"version":2}"#).requestVersion == 2)
        #expect(interpret(201, #"{"status":200,"body":"plain"}"#).outcome == .complete(RawJSON(#""plain""#)))
        #expect(
            try failure(interpret(201, #"{"status":500,"body":"{\"name\":\"N\",\"message\":\"m\"}"}"#)).error.name
                == "N")
        #expect(try failure(interpret(201, #"{"error":"stream broke"}"#)).reason == .transport)
    }

    @Test func `an envelope is written as it is read`() {
        let envelope = StreamEnvelope(status: 206, headers: [("a", "b")], body: Array("[]".utf8), version: 2)
        #expect(
            String(decoding: envelope.bytes, as: UTF8.self)
                == #"{"status":206,"headers":{"a":"b"},"body":"[]","version":2}"#)
        #expect(StreamEnvelope(envelope.bytes) == envelope)
    }

    @Test func `a body of more than 8 MiB is refused`() throws {
        let body = #"""# + String(repeating: "x", count: 8 << 20 - 2) + #"""#
        #expect(interpret(200, body).outcome == .complete(RawJSON(validated: Array(body.utf8))))
        #expect(try failure(interpret(200, body + " ")).reason == .outputTooLarge)
    }

    private func failure(_ answer: CallAnswer) throws -> (error: ErrorObject, reason: CallAnswer.Reason) {
        guard case .failed(let error, let reason) = answer.outcome else { throw UnexpectedOutcome(answer: answer) }
        return (error, reason)
    }
}

private struct UnexpectedOutcome: Error {
    let answer: CallAnswer
}
