import StepwellModel
import Testing

@testable import StepwellCLI

struct WhyTextTests {
    private static let run = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    private static let other = "01ARZ3NDEKTSV4RRFFQ69G5FAA"

    /// At 12:07:11.
    private func lines(_ members: String, status: String = "queued") throws -> [String] {
        let json = """
            {"id":"\(Self.run)","status":"\(status)","app":"orgs","function":"orgs-create","function_version":3,
            "queued_at":"2026-01-31T12:00:00.000Z",\(members)}
            """
        let now = try #require(DateText.parse("2026-01-31T12:07:11Z"))
        let why = try WhyView(try RawJSON(validating: Array(json.utf8)).slice)
        return WhyText(why: why, style: .plain, now: now).lines
    }

    /// The sentence about a first call with this cause.
    private func sentence(_ cause: String) throws -> String {
        let lines = try lines(
            #""actions":[{"kind":"start","attempt":0,"attempts_max":4,"causes":[{\#(cause)}]}],"watches":[]"#)
        try #require(lines.count == 2)
        #expect(lines[0] == "\(Self.run)  orgs-create  queued")
        return lines[1]
    }

    private static let oldest =
        #""oldest":{"run_id":"\#(other)","function":"orgs-create","since":"2026-01-31T12:03:11Z"}"#
    private static let since = #""since":"2026-01-31T12:03:11Z""#
    private static let until = #""until":"2026-01-31T12:08:16Z""#

    @Test(
        arguments: [
            (
                #""cause":"concurrency","scope":"fn","key":"event.data.accountId","value":"acme","limit":2,"in_use":2,\#(oldest)"#,
                "waits for a slot: concurrency limit 2 for event.data.accountId = \"acme\" is full; "
                    + "the oldest holder is run \(other) since 2026-01-31 12:03:11Z (4 min)"
            ),
            (
                #""cause":"concurrency","scope":"account","limit":2,"in_use":3,"oldest":{"run_id":null,\#(since)}"#,
                "waits for a slot: concurrency limit 2 of the account is full (3 in use); "
                    + "the oldest holder is a call of a run that has ended, since 2026-01-31 12:03:11Z (4 min)"
            ),
            (
                #""cause":"run_limit","limit":1,"in_use":1,\#(oldest)"#,
                "waits for a slot: the limit of 1 run at a time is full; "
                    + "the oldest holder is run \(other) since 2026-01-31 12:03:11Z (4 min)"
            ),
            (
                #""cause":"app_limit","limit":100,"in_use":100,"oldest":{"run_id":"\#(other)","function":"orgs-x",\#(since)}"#,
                "waits for a slot: the limit of 100 calls in flight to app orgs is full; "
                    + "the oldest holder is run \(other) of orgs-x since 2026-01-31 12:03:11Z (4 min)"
            ),
            (
                #""cause":"throttle","limit":5,"period":"1m","key":"event.data.k","value":"a\u001b",\#(until)"#,
                "waits for the throttle of 5 in 1m for event.data.k = \"a\\u{1b}\": "
                    + "the next start is allowed at 2026-01-31 12:08:16Z (in 1 min 5 s)"
            ),
            (
                #""cause":"unreachable","message":"connection refused",\#(since),\#(until)"#,
                "waits for app orgs, which cannot be reached since 2026-01-31 12:03:11Z (4 min): connection refused; "
                    + "the next trial is at 2026-01-31 12:08:16Z (in 1 min 5 s)"
            ),
            (
                #""cause":"unreachable","message":"connection refused",\#(since)"#,
                "waits for app orgs, which cannot be reached since 2026-01-31 12:03:11Z (4 min): connection refused; "
                    + "a trial is under way"
            ),
            (
                #""cause":"paused",\#(since)"#,
                "waits until the function is resumed: it has been paused since 2026-01-31 12:03:11Z (4 min)"
            ),
            (#""cause":"in_line","ahead":1,"ahead_is_minimum":false"#, "is in line behind 1 other"),
            (#""cause":"in_line","ahead":10000,"ahead_is_minimum":true"#, "is in line behind at least 10000 others"),
            (#""cause":"in_line","ahead":0,"ahead_is_minimum":false"#, "is next in line"),
            (
                #""cause":"calling",\#(since)"#,
                "is under way: its worker was called at 2026-01-31 12:03:11Z (4 min ago) and has not answered yet"
            ),
            (
                #""cause":"wait_for_signal","signal":"go\u001b","is_replaced":false,\#(until)"#,
                "waits for signal go\\u{1b} until 2026-01-31 12:08:16Z (in 1 min 5 s)"
            ),
            (
                #""cause":"wait_for_signal","signal":"go","is_replaced":true,\#(until)"#,
                "waited for signal go, for which another run waits in its place: "
                    + "it goes on at 2026-01-31 12:08:16Z (in 1 min 5 s)"
            ),
            (
                #""cause":"fetch_limit","limit":100,"in_use":100,\#(oldest)"#,
                "waits for a slot: the limit of 100 requests of the server in flight is full; "
                    + "the oldest holder is run \(other) since 2026-01-31 12:03:11Z (4 min)"
            ),
            (#""cause":"reading""#, "is about to go on: the run is being read from the data file"),
            (
                #""cause":"scheduled",\#(until)"#,
                "comes at 2026-01-31 12:08:16Z (in 1 min 5 s): that is the time of its event"
            ),
            (
                #""cause":"overdue",\#(since)"#,
                "has been due since 2026-01-31 12:03:11Z (4 min), with very many others, and is about to get its turn"
            ),
            (
                #""cause":"renewing_keys""#,
                "waits for its keys: its function declares others since it was queued, and they are being evaluated "
                    + "again, the oldest runs first"
            ),
            (#""cause":"draining""#, "is not made: the server is being stopped, and the next one makes it"),
        ])
    func `each cause is a sentence`(cause: String, sentence: String) throws {
        #expect(try self.sentence(cause) == "  the first call \(sentence)")
    }

    @Test func `waits, attempts and what may cancel the run`() throws {
        let members = """
            "actions":[
            {"kind":"sleep","step_name":"nap","attempt":0,"attempts_max":4,"causes":[{"cause":"sleep",\(Self.until)}]},
            {"kind":"wait_for_event","step_name":"answer","attempt":0,"attempts_max":4,"causes":[
            {"cause":"wait_for_event","event":"a/answer","match":"data.k","if":"async.data.ok",\(Self.until)}]},
            {"kind":"invoke","step_name":"child","attempt":0,"attempts_max":4,"causes":[{"cause":"invoke",\(Self.until)}]},
            {"kind":"step","step_name":"pay","attempt":1,"attempts_max":4,"last_error":{"name":"CardError","message":"declined"},
            "causes":[{"cause":"retry",\(Self.until)}]}],
            "watches":[{"kind":"start_timeout","due_at":"2026-01-31T12:08:16Z"},
            {"kind":"finish_timeout","due_at":"2026-01-31T12:08:16Z"},
            {"kind":"cancel_on","due_at":"2026-01-31T12:08:16Z","event":"a/stop","match":"data.id"}]
            """
        let time = "2026-01-31 12:08:16Z (in 1 min 5 s)"
        #expect(
            try lines(members) == [
                "\(Self.run)  orgs-create  queued",
                "  step nap sleeps until \(time)",
                "  step answer waits for event a/answer with same data.k and async.data.ok until \(time)",
                "  step child waits for the invoked function until \(time)",
                "  step pay (attempt 2 of 4) comes at \(time)",
                "  the attempt before failed: CardError: declined",
                "  the run is cancelled unless it has begun by \(time)",
                "  the run is cancelled unless it has ended by \(time)",
                "  the run is cancelled by event a/stop with same data.id, if it comes by \(time)",
            ])
    }

    @Test(
        arguments: [
            ("completed", #""output":{"ok":true}"#, #"result  {"ok":true}"#),
            ("failed", #""error":{"name":"Error","message":"boom"}"#, "error  Error: boom"),
            (
                "skipped", #""error":{"reason":"singleton","run_id":"\#(other)"}"#,
                "skipped, since run \(other) of the same singleton was unfinished"
            ),
            ("skipped", #""error":{"reason":"function_paused"}"#, "skipped, since the function was paused"),
            ("skipped", #""error":{"reason":"function_drained"}"#, "skipped, since the function was drained"),
        ])
    func `a run that has ended says when and how`(status: String, member: String, line: String) throws {
        let members = #""ended_at":"2026-01-31T12:01:05Z","actions":[],"watches":[],\#(member)"#
        #expect(
            try lines(members, status: status) == [
                "\(Self.run)  orgs-create  \(status)",
                "  ended at 2026-01-31 12:01:05Z, 1 min 5 s after it was queued", "  \(line)",
            ])
    }
}
