import Testing

@testable import StepwellModel

/// A function with the members that every function needs, and `extra` behind them.
private func function(_ extra: String = "", steps: String = #"{"attempts":3}"#) -> String {
    #"{"id":"app-f","name":"F","triggers":[],"steps":{"step":{"id":"step","name":"step","runtime":{"type":"http","#
        + #""url":"http://h/api?fnId=app-f&stepId=step"},"retries":\#(steps)}}\#(extra.isEmpty ? "" : ",")\#(extra)}"#
}

private func parsed(_ text: String) throws -> FunctionConfiguration {
    try RegisteredFunction(RawJSON(validating: Array(text.utf8)).slice).configuration
}

private func problems(_ text: String) -> [ConfigurationProblem] {
    do {
        _ = try RegisteredFunction(RawJSON(validating: Array(text.utf8)).slice)
        return []
    } catch let error as ConfigurationError {
        return error.problems
    } catch {
        Issue.record(error)
        return []
    }
}

struct FunctionConfigurationTests {
    @Test func `every key is read`() throws {
        let text = function(
            #"""
            "idempotency":"event.data.id","concurrency":[{"limit":5,"key":"event.data.a","scope":"ENV"},{"limit":7}],
            "throttle":{"limit":1,"period":"1m","burst":2,"key":"k"},"rateLimit":{"limit":3,"period":"24h"},
            "debounce":{"period":"10s","timeout":"1m","key":"d"},"priority":{"run":"event.data.p * 10"},
            "singleton":{"mode":"cancel","key":"s"},"timeouts":{"start":"10s","finish":"5m"},
            "cancel":[{"event":"x/y","if":"event.data.id == async.data.id","timeout":"1h"},{"event":"z","timeout":"2026-01-31T09:30:00Z"}],
            "checkpoint":{"batch_steps":3},"unknown":1
            """#)
        let expected = FunctionConfiguration(
            slug: "app-f", name: "F", triggers: [], url: "http://h/api?fnId=app-f&stepId=step", retries: 3,
            concurrency: [.init(limit: 5, key: "event.data.a", scope: .environment), .init(limit: 7)],
            throttle: .init(limit: 1, period: .minutes(1), burst: 2, key: "k"),
            rateLimit: .init(limit: 3, period: .hours(24)),
            idempotency: "event.data.id", debounce: .init(period: .seconds(10), timeout: .minutes(1), key: "d"),
            priority: "event.data.p * 10", singleton: .init(mode: .cancel, key: "s"),
            cancels: [
                .init(event: "x/y", condition: "event.data.id == async.data.id", timeout: .span(.hours(1))),
                .init(event: "z", timeout: .date(Timestamp(milliseconds: 1_769_851_800_000))),
            ], startTimeout: .seconds(10), finishTimeout: .minutes(5), checkpoint: RawJSON(#"{"batch_steps":3}"#))
        #expect(try parsed(text) == expected)
        #expect(try parsed(expected.json.text) == expected)
        #expect(try parsed(text).rateLimitInForce == .init(limit: 1, period: .hours(24), key: "event.data.id"))
    }

    @Test func `triggers and batches are read and written back`() throws {
        let text = #"""
            {"id":"f","name":"F","triggers":[{"event":"a/b","expression":"event.data.x > 1"},{"event":"a/*"},
            {"cron":"TZ=Europe/Paris 0 9 * * 1","jitter":"30s"}],"steps":{"step":{"runtime":{"url":"wss://connect?fnId=f"}}},
            "batchEvents":{"maxSize":10,"timeout":"36h","key":"k","if":"true"},"concurrency":{"fn":[{"limit":1}],"step":[{"limit":2}]}}
            """#
        let configuration = try parsed(text)
        #expect(
            configuration.triggers == [
                .event("a/b", expression: "event.data.x > 1"), .event("a/*", expression: nil),
                .cron("TZ=Europe/Paris 0 9 * * 1", jitter: .seconds(30)),
            ])
        #expect(configuration.batch == .init(sizeMax: 10, timeout: .hours(36), key: "k", condition: "true"))
        #expect(configuration.runConcurrency == .init(limit: 1))
        #expect(configuration.concurrency == [.init(limit: 2)])
        #expect(configuration.retries == 4)
        #expect(try parsed(configuration.json.text) == configuration)
    }

    @Test func `the JSON as it was sent is kept`() throws {
        let text = function(#""unknown": [1 ]"#)
        #expect(try RegisteredFunction(RawJSON(validating: Array(text.utf8)).slice).raw.text == text)
    }

    @Test(arguments: [
        (function(), 3), (function(steps: "null"), 4), (function(#""retries":7"#, steps: "null"), 7),
        (function(#""retries":7"#), 3),
        (function(#""retries":{"attempts":2}"#, steps: "null"), 2), (function(steps: #"{"attempts":0}"#), 0),
        (function(steps: #"{"attempts":20}"#), 20),
    ])
    func `retries come from the step, else from the function, else are 4`(text: String, retries: Int) throws {
        #expect(try parsed(text).retries == retries)
    }

    @Test(
        arguments: [
            ("5", [.init(limit: 5)]), (#"{"limit":5}"#, [.init(limit: 5)]), ("0", []),
            (#"[{"limit":0},{"limit":2,"key":""}]"#, [.init(limit: 2)]),
            ("null", []), ("[3]", [.init(limit: 3)]),
            (#"{"limit":1,"key":"k","scope":"account"}"#, [.init(limit: 1, key: "k", scope: .account)]),
            (#"{"step":{"limit":4}}"#, [.init(limit: 4)]),
        ] as [(String, [FunctionConfiguration.Concurrency])])
    func `concurrency has several forms on the wire`(text: String, limits: [FunctionConfiguration.Concurrency]) throws {
        #expect(try parsed(function("\"concurrency\":\(text)")).concurrency == limits)
    }

    @Test func `null and empty values count as absent`() throws {
        let text = function(
            #""idempotency":"","concurrency":null,"throttle":null,"rateLimit":null,"debounce":null,"batchEvents":null,"#
                + #""priority":{"run":""},"singleton":null,"cancel":null,"timeouts":{"start":"","finish":null},"checkpoint":null"#
        )
        #expect(try parsed(text) == parsed(function()))
    }

    @Test(
        arguments: [
            ("{}", "id", .configuration), ("[]", "id", .configuration), (#"{"id":"f"}"#, "name", .configuration),
            (#"{"id":"f","name":"F"}"#, "steps", .configuration),
            (function(steps: #"{"attempts":21}"#), "steps.step.retries.attempts", .configuration),
            (function(steps: #"{"attempts":-1}"#), "steps.step.retries.attempts", .configuration),
            (function(steps: #"{"attempts":1.5}"#), "steps.step.retries.attempts", .configuration),
            (function(#""retries":21"#, steps: "null"), "retries", .configuration),
            (#"{"id":"f","name":"F","steps":{"step":{"runtime":{}}}}"#, "steps.step.runtime.url", .configuration),
            (
                #"{"id":"f","name":"F","steps":{"step":{"runtime":{"url":"ftp://x"}}}}"#, "steps.step.runtime.url",
                .configuration
            ),
            (
                #"{"id":"f","name":"F","steps":{"step":{"runtime":{"url":"http:///x"}}}}"#, "steps.step.runtime.url",
                .configuration
            ),
            (#"{"id":"f","name":"F","steps":{"a":{"runtime":{"url":"http://x"}},"b":{}}}"#, "steps", .configuration),
            (function(#""triggers":{}"#), "triggers", .configuration),
            (function(#""triggers":[{}]"#), "triggers[0]", .configuration),
            (function(#""triggers":[1]"#), "triggers[0]", .configuration),
            (function(#""triggers":[{"event":"a","cron":"* * * * *"}]"#), "triggers[0]", .configuration),
            (function(#""triggers":[{"event":"a"},{"event":"a"}]"#), "triggers[1]", .configuration),
            (function(#""triggers":[{"event":"a*"}]"#), "triggers[0].event", .eventName),
            (function(#""triggers":[{"event":"a","expression":1}]"#), "triggers[0].expression", .configuration),
            (function(#""triggers":[{"cron":"* * *"}]"#), "triggers[0].cron", .schedule),
            (function(#""triggers":[{"cron":"@daily"}]"#), "triggers[0].cron", .schedule),
            (function(#""triggers":[{"cron":"* * * * *","jitter":"6m"}]"#), "triggers[0].jitter", .schedule),
            (function(#""idempotency":5"#), "idempotency", .configuration),
            (function(#""concurrency":-1"#), "concurrency", .concurrencyLimit),
            (function(#""concurrency":"5""#), "concurrency", .concurrencyLimit),
            (function(#""concurrency":{"key":"k"}"#), "concurrency.limit", .concurrencyLimit),
            (function(#""concurrency":[1,2,3]"#), "concurrency", .concurrencyLimit),
            (function(#""concurrency":{"limit":1,"scope":"env"}"#), "concurrency.key", .configuration),
            (function(#""concurrency":{"limit":1,"scope":"x"}"#), "concurrency.scope", .configuration),
            (function(#""concurrency":{"fn":[{"limit":1},{"limit":2}]}"#), "concurrency.fn", .configuration),
            (
                function(#""concurrency":{"fn":[{"limit":1,"scope":"env","key":"k"}]}"#), "concurrency.fn",
                .configuration
            ),
            (function(#""throttle":{"limit":0,"period":"1m"}"#), "throttle.limit", .configuration),
            (function(#""throttle":{"limit":1,"period":"500ms"}"#), "throttle.period", .configuration),
            (function(#""throttle":{"limit":1}"#), "throttle.period", .configuration),
            (function(#""throttle":{"limit":1,"period":"1m","burst":-1}"#), "throttle.burst", .configuration),
            (function(#""throttle":5"#), "throttle", .configuration),
            (function(#""rateLimit":{"limit":1,"period":"25h"}"#), "rateLimit.period", .configuration),
            (function(#""rateLimit":{"period":"1h"}"#), "rateLimit.limit", .configuration),
            (function(#""debounce":{"period":"8d"}"#), "debounce.period", .configuration),
            (function(#""debounce":{"period":"1ms"}"#), "debounce.period", .configuration),
            (function(#""debounce":{"key":"k"}"#), "debounce.period", .configuration),
            (function(#""batchEvents":{"maxSize":1,"timeout":"1s"}"#), "batchEvents.maxSize", .batchSize),
            (function(#""batchEvents":{"maxSize":2,"timeout":"1d"}"#), "batchEvents.timeout", .batchTimeout),
            (function(#""batchEvents":{"maxSize":2,"timeout":"999ms"}"#), "batchEvents.timeout", .batchTimeout),
            (function(#""batchEvents":{"timeout":"1s"}"#), "batchEvents.maxSize", .batchSize),
            (function(#""priority":5"#), "priority", .configuration),
            (function(#""singleton":{"mode":"x"}"#), "singleton.mode", .configuration),
            (function(#""singleton":{"key":"x"}"#), "singleton.mode", .configuration),
            (function(#""cancel":[{"if":"true"}]"#), "cancel[0].event", .configuration),
            (function(#""cancel":[{"event":"a","timeout":"soon"}]"#), "cancel[0].timeout", .configuration),
            (function(#""timeouts":{"start":"x"}"#), "timeouts.start", .configuration),
            (function(#""timeouts":{"finish":"0s"}"#), "timeouts.finish", .configuration),
        ] as [(String, String, ConfigurationProblem.Code)])
    func `a broken rule names function and field`(text: String, field: String, code: ConfigurationProblem.Code) {
        let problems = problems(text)
        #expect(problems.contains { $0.field == field && $0.code == code }, "\(problems)")
        #expect(problems.allSatisfy { !$0.message.isEmpty && !$0.function.isEmpty })
    }

    @Test(arguments: [
        (#""cancel":[{"event":"a"}]"#, "cancel"), (#""debounce":{"period":"1s"}"#, "debounce"),
        (#""singleton":{"mode":"skip"}"#, "singleton"),
        (#""priority":{"run":"1"}"#, "priority.run"),
    ])
    func `batches cannot be combined with everything`(other: String, name: String) {
        let problems = problems(function(#""batchEvents":{"maxSize":2,"timeout":"1s"},"# + other))
        #expect(problems.map(\.code) == [.combination])
        #expect(
            problems.first?.description
                == "function \"app-f\": batchEvents cannot be combined with \(name); remove one of the two")
    }

    @Test func `at most 10 triggers and 5 cancellations are allowed`() throws {
        func list(_ key: String, _ count: Int) -> String {
            "\"\(key)\":[\((0..<count).map { #"{"event":"e\#($0)"}"# }.joined(separator: ","))]"
        }
        #expect(try parsed(function(list("triggers", 10))).triggers.count == 10)
        #expect(try parsed(function(list("cancel", 5))).cancels.count == 5)
        #expect(problems(function(list("triggers", 11))).map(\.field) == ["triggers"])
        #expect(problems(function(list("cancel", 6))).map(\.field) == ["cancel"])
    }

    @Test func `all broken rules are reported at once`() {
        let problems = problems(function(#""throttle":{"limit":0,"period":"x"},"debounce":{"period":"8d"}"#))
        #expect(problems.map(\.field) == ["throttle.limit", "throttle.period", "debounce.period"])
    }
}

struct CronSyntaxTests {
    @Test(arguments: [
        "* * * * *", "0 9 * * 1", "TZ=Europe/Paris 0 9 * * 1", "CRON_TZ=UTC */5 * * * *",
        "0-30/10,45 0,12 1-15 JAN-jun,12 mon-FRI", "? ? ? ? ?",
        "5/15 * * * *", "59 23 31 12 6", "  0   0 1 1 0 ",
    ])
    func `five fields are accepted`(schedule: String) {
        #expect(CronSyntax.problem(with: schedule) == nil)
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "@daily", "TZ=UTC @daily", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
        "* * * 13 *", "* * * * 7", "*/0 * * * *",
        "5-1 * * * *", "1,,2 * * * *", "a * * * *", "1-2-3 * * * *", "*/5/5 * * * *", "-1 * * * *", "* * * mon *",
        "TZ= * * * * *", "TZ=a;b * * * * *",
        "1- * * * *", "/5 * * * *", "99999999999999999999 * * * *", String(repeating: "1,", count: 130) + "1 * * * *",
    ])
    func `everything else is refused`(schedule: String) {
        #expect(CronSyntax.problem(with: schedule) != nil)
    }
}
