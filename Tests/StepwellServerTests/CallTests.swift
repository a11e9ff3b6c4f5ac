import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire
import Testing

@testable import StepwellServer

/// How an order becomes a request, and an answer an outcome.
struct CallTests {
    private static func order(
        url: String = "http://127.0.0.1:3000/api/inngest?fnId=app-fn&stepId=step", stepID: String? = nil,
        event: String = #"{"name":"a"}"#, steps: [StepMemo] = [], input: StepInput? = nil
    ) -> CallOrder {
        let blueprint = FunctionBlueprint(
            slug: "app-fn", id: UUIDBytes(high: 1, low: 2), name: "fn", url: url, attemptsMax: 4, triggers: [],
            flow: FlowControl(), source: .emptyObject)
        return CallOrder(
            generation: 7 << 20 + 3, jobKey: JobKey(5), runKey: RunKey(1), runID: ULID(high: 1 << 16, low: 1),
            function: FunctionPlan(
                key: FunctionKey(1), appKey: AppKey(1), version: 1, isArchived: false, blueprint: blueprint),
            stepID: stepID, attempt: 0, requestVersion: -1, forcesStepPlan: false, cause: 0,
            event: RawJSON(validated: Array(event.utf8)), steps: steps, input: input,
            stateBytes: steps.reduce(0) { $0 + $1.memo.count })
    }

    // MARK: - Bodies

    @Test func `the input of a step is among the steps, and not in the stack`() throws {
        let input = StepInput(stepID: "two", arguments: RawJSON("[7]"))
        let order = Self.order(steps: [StepMemo(id: "one", memo: RawJSON(#"{"data":1}"#))], input: input)
        let body = try RawJSON(validating: CallBody.bytes(of: order))
        #expect(body["steps"]?.text == #"{"one":{"data":1},"two":{"input":[7]}}"#)
        #expect(body.value(at: ["ctx", "stack", "stack"])?.text == #"["one"]"#)
    }

    // MARK: - Targets

    @Test(arguments: [
        (
            "http://127.0.0.1:3000/api/inngest?fnId=app-fn&stepId=step",
            "http://localhost:3000/api/inngest?fnId=app-fn&stepId="
        ),
        ("http://x/a?z=1&fnId=app-fn", "http://x/a?fnId=app-fn&stepId=STEP&z=1"),
        ("http://x?stepId=old&stepId=older&a=b", "http://x/?a=b&stepId="),
        ("https://x:443/f", "https://x/f?stepId="),
    ]) func `the query of a call names its step, in the order of names`(url: String, expected: String) throws {
        let target = try CallTarget(Self.order(url: url).function.blueprint, AppURLRules(hosts: []))
        let form = expected.contains("STEP") ? expected : expected + "STEP"
        for step in ["step", "0123abcd"] {
            let made = try target.url(stepID: step == "step" ? nil : step)
            #expect(made.description == form.replacing("STEP", with: step))
        }
    }

    // MARK: - Bodies

    private static func memos(bytes: Int, count: Int) -> [StepMemo] {
        let memo = RawJSON(validated: Array("{\"data\":\"\(String(repeating: "x", count: bytes))\"}".utf8))
        return (0..<count).map { StepMemo(id: StepID.hashed("s\($0)"), memo: memo) }
    }

    @Test func `a state that does not fit is left out, and events only when they do not fit either`() throws {
        let small = try CallRequest(parsing: CallBody.bytes(of: Self.order(steps: Self.memos(bytes: 10, count: 2))))
        #expect(small.steps.count == 2 && !small.context.usesAPI)
        let large = CallBody.bytes(of: Self.order(steps: Self.memos(bytes: 2_200_000, count: 2)))
        let fetched = try CallRequest(parsing: large)
        #expect(fetched.steps.isEmpty && fetched.context.usesAPI && fetched.events.count == 1)
        #expect(fetched.context.stack.count == 2)
        let event = #"{"name":"a","data":{"x":"\#(String(repeating: "x", count: 3_000_000))"}}"#
        let huge = CallBody.bytes(of: Self.order(event: event, steps: Self.memos(bytes: 10, count: 2)))
        let root = try RawJSON(validating: huge)
        #expect(root["use_api"]?.bool == true && root["ctx"]?["use_api"]?.bool == true)
        #expect(root["steps"]?.text == "{}" && root["events"]?.text == "[]")
        #expect(root["event"]?["name"]?.string == "a")
        #expect(huge.count <= CallRequest.bytesMax)
    }

    @Test func `the request's id is the same for the same dispatch and another for every other`() {
        let first = CallBody.headers(of: Self.order(), kind: .cloud)[Header.requestID]
        #expect(first == CallBody.headers(of: Self.order(), kind: .cloud)[Header.requestID])
        var other = Self.order()
        other.generation += 1
        #expect(first != CallBody.headers(of: other, kind: .cloud)[Header.requestID])
        other = Self.order()
        other.jobKey = JobKey(6)
        #expect(first != CallBody.headers(of: other, kind: .cloud)[Header.requestID])
    }

    // MARK: - Answers

    private static func outcome(_ status: HTTPStatus, _ body: String, _ headers: HTTPHeaders = [:]) -> CallOutcome {
        var all: HTTPHeaders = [Header.sdk: "test:v1"]
        for (name, value) in headers { all.add(name, value) }
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        return AnswerReader(order: order(event: #"{"name":"a","data":{"id":7}}"#), now: now, stepsMax: 1_000)
            .outcome(of: HTTPClientResponse(status: status, headers: all, body: Array(body.utf8)))
    }

    private static func operation(_ opcode: String, _ headers: HTTPHeaders = [:]) -> StepwellCore.Operation.Kind? {
        guard case .operations(let operations, _) = outcome(206, "[\(opcode)]", headers) else { return nil }
        return operations.first?.kind
    }

    @Test(arguments: [
        ([:], Retry.standard), ([Header.noRetry: "true"], .never), ([Header.noRetry: "false"], .standard),
        ([Header.retryAfter: "30"], .at(.after(.seconds(30)))),
        ([Header.retryAfter: "999999"], .at(.after(.hours(24)))),
        ([Header.retryAfter: "0"], .at(.after(.seconds(1)))),
        ([Header.retryAfter: "2027-01-15T08:01:00Z"], .at(.after(.minutes(1)))),
        ([Header.noRetry: "true", Header.retryAfter: "30"], .never),
    ]) func `headers say whether and when a step or function is tried again`(
        fields: [String: String], retry: Retry
    ) {
        let headers = HTTPHeaders(fields.map { ($0.key, $0.value) })
        if case .threw(_, let found) = Self.operation(#"{"op":"StepError","id":"a","error":{}}"#, headers) {
            #expect(found == retry)
        } else {
            Issue.record("no error of a step")
        }
        if case .failed(_, let found) = Self.outcome(400, #"{"message":"x"}"#, headers) {
            #expect(found == retry)
        } else {
            Issue.record("no error of a function")
        }
    }

    @Test(arguments: [
        (#""name":"1h30m""#, StepwellCore.Deadline.after(.minutes(90))),
        (#""name":"x","opts":{"duration":"2s"}"#, .after(.seconds(2))),
        (#""name":"2027-01-15T08:00:01Z""#, .at(Timestamp(milliseconds: 1_800_000_001_000))),
        (#""name":"2001-01-01T00:00:00Z""#, .at(Timestamp(milliseconds: 978_307_200_000))),
        (#""name":"366d""#, .after(.days(366))),
    ]) func `a sleep is a span or a date, in the name or in the options`(
        fields: String, expected: StepwellCore.Deadline
    ) {
        guard case .sleep(let deadline) = Self.operation(#"{"op":"Sleep","id":"a",\#(fields)}"#) else {
            Issue.record("no sleep")
            return
        }
        #expect(deadline == expected)
    }

    @Test(arguments: [
        #"{"op":"Sleep","id":"a","name":"367d"}"#, #"{"op":"Sleep","id":"a","name":"2029-01-01T00:00:00Z"}"#,
        #"{"op":"WaitForEvent","id":"a","name":"x","opts":{"timeout":"9000h"}}"#,
        #"{"op":"InvokeFunction","id":"a","opts":{"function_id":"f","timeout":"53w"}}"#,
        #"{"op":"WaitForEvent","id":"a","name":"x","opts":{"timeout":"1h","if":"nobody.data.x == 1"}}"#,
    ]) func `what can never be carried out fails the run`(opcode: String) {
        guard case .invalid = Self.operation(opcode) else {
            Issue.record("not refused: \(opcode)")
            return
        }
    }

    @Test func `a wait is compiled against the run's event`() {
        let opcode =
            #"{"op":"WaitForEvent","id":"a","opts":{"event":"x/y","if":"event.data.id == async.data.n","timeout":""}}"#
        guard case .waitForEvent(let plan, let timeout, nil) = Self.operation(opcode) else {
            Issue.record("no wait")
            return
        }
        #expect(plan.eventName == "x/y" && plan.path == ["data", "n"])
        #expect(plan.digest == Digest(equalityValue: .integer(7)))
        #expect(timeout == .after(.zero))
    }

    @Test func `an invocation has its payload and a year by default`() {
        let opcode =
            #"{"op":"InvokeFunction","id":"a","opts":{"function_id":"app-fn","payload":{"data":{"x":1},"user":{"u":2},"v":"3"}}}"#
        guard case .invoke(let function, let payload, let timeout) = Self.operation(opcode) else {
            Issue.record("no invocation")
            return
        }
        #expect(function == "app-fn" && timeout == .after(.days(365)))
        #expect(payload.data.text == #"{"x":1}"# && payload.user.text == #"{"u":2}"# && payload.version == "3")
    }

    @Test func `old and empty operations are understood`() {
        if case .ran(let memo) = Self.operation(#"{"op":"Step","id":"a","data":{"as":"is"}}"#) {
            #expect(memo.text == #"{"as":"is"}"#)
        } else {
            Issue.record("no step")
        }
        if case .ran(let memo) = Self.operation(#"{"op":"StepRun","id":"a"}"#) {
            #expect(memo.text == #"{"data":null}"#)
        } else {
            Issue.record("no step")
        }
        guard case .operations(let none, let version) = Self.outcome(206, "[]", [Header.requestVersion: "1"]) else {
            Issue.record("no operations")
            return
        }
        #expect(none.isEmpty && version == 1)
    }
}

struct IDSourceTests {
    @Test func `ids grow, also within a millisecond and when time stands still or goes back`() {
        let source = IDSource()
        var last = source.next(at: Timestamp(milliseconds: 1_000))
        for step in 0..<2_000 {
            let next = source.next(at: Timestamp(milliseconds: 1_000 + Int64(step / 100) - (step % 7 == 0 ? 500 : 0)))
            #expect(next > last)
            last = next
        }
    }
}
