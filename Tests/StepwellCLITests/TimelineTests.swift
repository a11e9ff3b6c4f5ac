import StepwellModel
import Testing

@testable import StepwellCLI

struct TimelineTests {
    private static let start = "2026-01-31T09:30:00"

    private func run(_ status: String, members: String) throws -> RunView {
        let json = """
            {"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","status":"\(status)","app":"orgs","function":"orgs-create","function_version":3,
            "event_id":"01ARZ3NDEKTSV4RRFFQ69G5FAW","event_name":"organisation.create.provisional",
            "queued_at":"\(Self.start).000Z","started_at":"\(Self.start).003Z",\(members)}
            """
        return try RunView(try RawJSON(validating: Array(json.utf8)).slice)
    }

    private func step(_ name: String, _ kind: String, _ status: String, _ from: String, _ to: String, _ rest: String)
        -> String
    {
        """
        {"id":"h-\(name)","name":"\(name)","kind":"\(kind)","status":"\(status)","started_at":"\(Self.start).\(from)Z",\
        "ended_at":"2026-01-31T09:30:\(to)Z",\(rest)}
        """
    }

    @Test(
        arguments: [
            ("null", "  rerun   of run 01ARZ3NDEKTSV4RRFFQ69G5FAA"),
            (#"{"step_id":"h-one"}"#, "  rerun   of run 01ARZ3NDEKTSV4RRFFQ69G5FAA, from step one"),
            (#"{"step_id":"h-two"}"#, "  rerun   of run 01ARZ3NDEKTSV4RRFFQ69G5FAA, from step h-two"),
        ])
    func `a run that repeats another one says so`(fromStep: String, line: String) throws {
        let one = step("one", "run", "completed", "003", "00.015", #""attempts":1"#)
        let run = try run(
            "running",
            members: #""original_run_id":"01ARZ3NDEKTSV4RRFFQ69G5FAA","from_step":\#(fromStep),"steps":[\#(one)]"#)
        #expect(Timeline(run: run, style: .plain).heading.contains(line))
    }

    @Test func `a run names the limits whose key has failed, and the bulk work that has made it`() throws {
        let keys = """
            [{"option":"concurrency[0].key","value":"a","has_failed":false},
            {"option":"throttle.key","value":"<invalid>","has_failed":true}]
            """
        let run = try run(
            "running",
            members: #""origin":"resend","bulk_id":"01ARZ3NDEKTSV4RRFFQ69G5FAA","limit_keys":\#(keys),"steps":[]"#)
        #expect(
            Timeline(run: run, style: .plain).heading.filter { $0.hasPrefix("  limit") || $0.contains("bulk") } == [
                "  bulk    by work 01ARZ3NDEKTSV4RRFFQ69G5FAA",
                "  limit   throttle.key cannot be evaluated: the run shares the limit with all for which it fails",
            ])
        #expect(run.cause == "bulk resend")
    }

    @Test func `what was told of a run, and what it has deferred, stands before its end`() throws {
        let one = step("one", "run", "completed", "003", "00.015", #""attempts":1"#)
        let metadata = """
            [{"step_id":"h-one","kind":"cost","values":{"eur":3.5}},{"step_id":null,"kind":"score\\u001b","values":{}},
            {"step_id":"h-gone","kind":"k","values":{}}]
            """
        let defers = #"[{"function":"orgs-later","status":"scheduled"},{"function":"orgs-late","status":"rejected"}]"#
        let run = try run("running", members: #""steps":[\#(one)],"metadata":\#(metadata),"defers":\#(defers)"#)
        #expect(
            Timeline(run: run, style: .plain).notes == [
                #"  meta    one  cost {"eur":3.5}"#, #"  meta    the run  score\u{1b} {}"#, "  meta    h-gone  k {}",
                "  defers  orgs-later  scheduled", "  defers  orgs-late  rejected",
            ])
    }

    @Test func `a finished run is told from its first step to its result`() throws {
        let steps = [
            step("create", "run", "completed", "003", "00.015", #""attempts":1,"output":{"id":7}"#),
            step("link", "run", "completed", "900", "16.100", #""attempts":2,"output":null"#),
            step("nap", "sleep", "completed", "950", "17.000", #""attempts":1"#),
            step(
                "child", "wait_for_event", "completed", "960", "18.000",
                #""attempts":1,"output":{"name":"child.completed"}"#),
            step("late", "wait_for_event", "timed_out", "970", "19.000", #""attempts":1"#),
            step("call", "invoke", "completed", "980", "20.000", #""attempts":1,"output":1"#),
            step(
                "pay", "run", "failed", "990", "21.000",
                #""attempts":4,"error":{"name":"CardError","message":"declined"}"#),
        ]
        let attempt = """
            {"step_id":"h-link","step_name":"link","attempt":0,"started_at":"\(Self.start).016Z","ended_at":"\(Self.start).024Z",
            "error":{"name":"Error","message":"boom\\u001b[31m\\nmore"},"retry_at":"2026-01-31T09:30:15.024Z"}
            """
        let run = try run(
            "completed",
            members: """
                "ended_at":"2026-01-31T09:30:21.500Z","output":{"ok":true},"error":null,
                "steps":[\(steps.joined(separator: ","))],"failed_attempts":[\(attempt)],"pending":[]
                """)
        let text = Timeline(run: run, style: .plain).lines(now: Timestamp(milliseconds: 0)).joined(separator: "\n")
        #expect(
            text == """
                01ARZ3NDEKTSV4RRFFQ69G5FAV  orgs-create
                  app     orgs, version 3 of the function
                  event   organisation.create.provisional  01ARZ3NDEKTSV4RRFFQ69G5FAW
                  queued  2026-01-31 09:30:00Z

                  +3 ms      12 ms      done       create
                  +16 ms     8 ms       failed     link  attempt 1  Error: boom\\u{1b}[31m\\nmore  again after 15.0 s
                  +900 ms    15.2 s     done       link  2 attempts
                  +950 ms    16.0 s     slept      nap
                  +960 ms    17.0 s     received   child  child.completed
                  +970 ms    18.0 s     timed out  late
                  +980 ms    19.0 s     returned   call
                  +990 ms    20.0 s     failed     pay  4 attempts  CardError: declined

                completed after 21.5 s
                  result  {"ok":true}
                """)
    }

    @Test func `an unfinished run says what comes next`() throws {
        func action(_ kind: String, _ name: String, _ due: String, _ attempt: Int, _ waits: String = "null") -> String {
            """
            {"kind":"\(kind)","step_id":"h","step_name":"\(name)","since":"\(Self.start).000Z","due_at":"\(due)",\
            "attempt":\(attempt),"options":null,"waits_for":\(waits)}
            """
        }
        let pending = [
            action("step", "create", "\(Self.start).000Z", 0), action("step", "retry", "2026-01-31T09:30:40.000Z", 2),
            action("sleep", "nap", "2026-01-31T10:30:30.000Z", 0),
            action(
                "wait_for_event", "child", "2026-02-01T09:30:30.000Z", 0,
                #"{"event":"a/b","match":"data.id","if":"async.data.ok"}"#),
            action("invoke", "call", "2026-02-01T09:30:30.000Z", 0),
        ]
        let run = try run(
            "running",
            members: #""ended_at":null,"steps":[],"failed_attempts":[],"pending":[\#(pending.joined(separator: ","))]"#)
        let now = try #require(DateText.parse("2026-01-31T09:30:30Z"))
        #expect(
            Timeline(run: run, style: .plain).pendingLines(now: now).joined(separator: "\n") == """
                  now                   calls      create
                  now                   pauses     retry  attempt 3  until 2026-01-31 09:30:40Z, 10.0 s left
                  now                   sleeps     nap  until 2026-01-31 10:30:30Z, 1 h left
                  now                   waits      child  for a/b with same data.id and async.data.ok  until 2026-02-01 09:30:30Z, 1 d left
                  now                   waits      call  for the invoked function  until 2026-02-01 09:30:30Z, 1 d left
                """)
        #expect(Timeline(run: run, style: .plain).ending.isEmpty)
    }

    @Test func `a failed run ends with its error and where it was thrown`() throws {
        let run = try run(
            "failed",
            members: """
                "ended_at":"\(Self.start).060Z","output":null,"steps":[],"pending":[],"failed_attempts":[],
                "error":{"name":"ValueError","message":"no such thing","stack":"at one\\nat two"}
                """)
        #expect(
            Timeline(run: run, style: .plain).ending == [
                "", "failed after 60 ms", "  error   ValueError: no such thing", "          at one", "          at two",
            ])
    }

    @Test func `an answer of another shape is refused by the member that is missing`() throws {
        let error = #expect(throws: CommandFailure.self) { try RunView(RawJSON(#"{"id":"x"}"#).slice) }
        #expect(error?.message.contains("no usable \"status\"") == true)
    }
}
