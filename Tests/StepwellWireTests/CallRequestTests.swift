import StepwellModel
import Testing

@testable import StepwellWire

struct CallRequestTests {
    private let request = CallRequest(
        context: .init(
            functionID: "6314abb5-b9cc-5d32-8ac3-51e26170f039", runID: "01HF7YAT00000G000000000002", attempt: 1,
            attemptsMax: 4,
            stack: ["bb", "aa"], stackCurrent: 2, queueItemID: "q", requestID: "r", generation: 1_048_577,
            jobID: "j\"1",
            disablesImmediateExecution: true),
        events: [
            RawJSON(#"{"data":{},"id":"1","name":"a","ts":1,"user":{}}"#),
            RawJSON(#"{"data":{},"id":"2","name":"a","ts":1,"user":{}}"#),
        ],
        steps: [
            .init(id: "bb", memo: RawJSON(#"{"data":[1,2]}"#)), .init(id: "aa", memo: .null),
            .init(id: "cc", memo: RawJSON(#"{"input":[]}"#)),
        ],
        deferred: [("d2", true), ("d1", false)], version: 2)

    @Test func `a call is written with every member in order`() {
        let expected =
            #"{"ctx":{"attempt":1,"disable_immediate_execution":true,"env":"","fn_id":"6314abb5-b9cc-5d32-8ac3-51e26170f039","#
            + #""generation_id":1048577,"job_id":"j\"1","max_attempts":4,"qi_id":"q","request_id":"r","#
            + #""run_id":"01HF7YAT00000G000000000002","stack":{"current":2,"stack":["bb","aa"]},"step_id":"step","use_api":false},"#
            + #""defers":{"d1":{"abortable":false},"d2":{"abortable":true}},"#
            + #""event":{"data":{},"id":"1","name":"a","ts":1,"user":{}},"#
            + #""events":[{"data":{},"id":"1","name":"a","ts":1,"user":{}},{"data":{},"id":"2","name":"a","ts":1,"user":{}}],"#
            + #""steps":{"aa":null,"bb":{"data":[1,2]},"cc":{"input":[]}},"use_api":false,"version":2}"#
        #expect(String(decoding: request.bytes, as: UTF8.self) == expected)
    }

    @Test func `its bytes are canonical to the byte`() throws {
        #expect(try CanonicalJSON(validating: request.bytes).json.bytes == request.bytes)
        #expect(RawJSON(validated: request.bytes).isCanonical)
        #expect(RawJSON(validated: request.reducedBytes(keepingEvents: false)).isCanonical)
    }

    @Test func `an SDK reads what the server wrote`() throws {
        var read = try CallRequest(parsing: request.bytes)
        #expect(read.steps.map(\.id) == ["aa", "bb", "cc"])
        read.steps = request.steps
        read.deferred = request.deferred
        #expect(read == request)
    }

    @Test func `a state that does not fit is left out and fetched`() throws {
        let small = try CallRequest(parsing: request.reducedBytes(keepingEvents: true))
        #expect(small.context.usesAPI)
        #expect(small.steps.isEmpty)
        #expect(small.events.count == 2)
        let smallest = RawJSON(validated: request.reducedBytes(keepingEvents: false))
        #expect(smallest["events"]?.text == "[]")
        #expect(smallest["use_api"]?.bool == true)
        #expect(try CallRequest(parsing: smallest.bytes).events == [request.events[0]])
    }

    @Test func `a call with the least that a server may send is read`() throws {
        let body = #"{"event":{"name":"a"},"ctx":{"run_id":"r"},"steps":{"s":{"data":1}},"x":1}"#
        let call = try CallRequest(parsing: Array(body.utf8))
        #expect(call.context.stepID == "step")
        #expect(call.context.attemptsMax == 5)
        #expect(call.context.stack == ["s"])
        #expect(call.version == -1)
        #expect(!call.context.usesAPI)
    }

    @Test(
        arguments: [
            ("[]", .missing("ctx")), (#"{"ctx":{}}"#, .missing("ctx.run_id")),
            (#"{"ctx":{"run_id":"r"}}"#, .missing("event")),
            (#"{"ctx":{"run_id":"r"},"event":{},"version":0}"#, .version(0)),
        ] as [(String, CallRequestError)])
    func `a call that makes no sense is refused`(body: String, error: CallRequestError) {
        #expect(throws: error) { try CallRequest(parsing: Array(body.utf8)) }
    }
}

struct MemoTests {
    @Test(
        arguments: [
            (#"{"data":1}"#, .data(RawJSON("1"))), (#"{"data":null}"#, .data(.null)), ("null", .bare(.null)),
            (#"{"input":[1]}"#, .input(RawJSON("[1]"))),
            (
                #"{"data":{},"id":"1","name":"a","ts":1,"user":{}}"#,
                .bare(RawJSON(#"{"data":{},"id":"1","name":"a","ts":1,"user":{}}"#))
            ), ("5", .bare(RawJSON("5"))),
            (#"{"error":{"message":"m","name":"N"}}"#, .error(ErrorObject(name: "N", message: "m"))),
        ] as [(String, Memo.Content)])
    func `a memo tells results, errors, inputs and events apart`(memo: String, content: Memo.Content) throws {
        #expect(try Memo.content(RawJSON(validating: Array(memo.utf8))) == content)
    }

    @Test func `memos are written in canonical form`() {
        #expect(Memo.data(nil).text == #"{"data":null}"#)
        #expect(Memo.data(RawJSON("[1]")).text == #"{"data":[1]}"#)
        #expect(Memo.input(RawJSON("[1]")).text == #"{"input":[1]}"#)
        #expect(Memo.error(ErrorObject(message: "m")).text == #"{"error":{"message":"m","name":"Error"}}"#)
        #expect(Memo.invokeTimeout.isCanonical)
    }
}

struct ErrorObjectTests {
    private func error(_ text: String) throws -> ErrorObject {
        ErrorObject(try RawJSON(validating: Array(text.utf8)).slice)
    }

    @Test func `an error keeps what its SDK put into it`() throws {
        let text = #"{"__serialized":true,"cause":{"message":"c","name":"C"},"message":"m","name":"N","stack":"s"}"#
        let error = try error(text)
        #expect(error.json.text == text)
        #expect(error.name == "N")
        #expect(error.message == "m")
        #expect(error.stack == "s")
    }

    @Test(arguments: [
        ("\"boom\"", "Error", "boom", #"{"message":"boom","name":"Error"}"#),
        ("{}", "Error", "", #"{"message":"","name":"Error"}"#),
        (#"{"message":"m","z":1}"#, "Error", "m", #"{"message":"m","name":"Error","z":1}"#),
        (#"{"error":"e"}"#, "Error", "e", #"{"error":"e","message":"e","name":"Error"}"#),
        (#"{"name":"","message":"m"}"#, "Error", "m", #"{"message":"m","name":"Error"}"#),
        ("[1]", "Error", "[1]", #"{"message":"[1]","name":"Error"}"#),
    ])
    func `what is missing is filled in`(text: String, name: String, message: String, json: String) throws {
        let error = try error(text)
        #expect(error.name == name)
        #expect(error.message == message)
        #expect(error.json.text == json)
    }

    @Test func `an error of ours is canonical`() {
        let error = ErrorObject(
            name: "N", message: "m", error: "e", stack: "s", data: RawJSON("1"), cause: RawJSON("{}"), noRetry: true)
        #expect(
            error.json.text == #"{"cause":{},"data":1,"error":"e","message":"m","name":"N","noRetry":true,"stack":"s"}"#
        )
        #expect(error.json.isCanonical)
    }
}
