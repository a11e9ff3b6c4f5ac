import StepwellModel
import Testing

@testable import StepwellCLI

/// The list of functions as a table.
struct FunctionTableTests {
    private func lines(_ options: String, schedules: String = "[]") throws -> [String] {
        let configuration = """
            {"id":"app-fn","name":"fn","triggers":[{"event":"a/b"}],"steps":{"step":{"id":"step","name":"step",
            "runtime":{"type":"http","url":"http://localhost:3000/api?fnId=app-fn&stepId=step"}}}\(options)}
            """
        let page = """
            {"data":[{"slug":"app-fn","app":"app","version":1,"state":"active","triggers":[{"event":"a/b"}],
            "schedules":\(schedules),"runs":{"queued":2},"configuration":\(configuration)}]}
            """
        let functions = try FunctionView.list(try RawJSON(validating: Array(page.utf8)))
        return FunctionView.table(functions, style: .plain, columns: nil)
    }

    @Test func `a function shows when it fires next and what it declares`() throws {
        let schedules = #"""
            [{"cron":"0 9 * * *","next_at":"2026-02-01T09:00:00.000Z"},{"cron":"0 8 * * *","next_at":"2026-02-01T08:00:00.000Z"},
            {"cron":"0 0 30 2 *","next_at":null}]
            """#
        let shown = try lines(
            #","concurrency":[{"limit":5,"key":"event.data.k","scope":"env"}],"throttle":{"limit":2,"period":"10s","burst":1}"#,
            schedules: schedules)
        #expect(
            shown == [
                "FUNCTION  STATE   SINCE  TRIGGERS  NEXT                  QUEUED  RUNNING  FAILED  LIMITS",
                "app-fn    active  -      a/b       2026-02-01 08:00:00Z  2       0        0       concurrency 5 in env by event.data.k; throttle 2/10s + 1",
            ])
    }

    @Test(arguments: [
        ("", "-"), (#","concurrency":3"#, "concurrency 3"),
        (#","concurrency":{"fn":[{"limit":1,"scope":"fn","key":"event.data.k"}]}"#, "runs 1 by event.data.k"),
        (#","idempotency":"event.data.k""#, "idempotency event.data.k"),
        (#","rateLimit":{"limit":9,"period":"1h"}"#, "rate limit 9/1h"),
        (#","debounce":{"period":"30s","key":"event.data.k"}"#, "debounce 30s by event.data.k"),
        (#","batchEvents":{"maxSize":9,"timeout":"1m"}"#, "batch 9 in 1m"),
        (#","singleton":{"mode":"skip"},"priority":{"run":"120"}"#, "singleton skip; priority 120"),
    ])
    func `each limit has its words`(options: String, words: String) throws {
        #expect(try lines(options).last?.hasSuffix("  \(words)") == true)
    }
}
