import StepwellCore
import StepwellModel

/// What a scripted function does: a program of stages, answered as an SDK would answer, from the memos alone.
struct Script {
    let name: String
    let event: String
    /// The protocol version that its worker speaks.
    let version: Int
    let attempts: Int
    /// Members of the configuration, such as `"concurrency":2`.
    let options: String
    /// The calendar as a second trigger.
    var schedule: String?
    /// The functions that it defers with its first answer; the last of them it takes back with the next one.
    var deferred: [String] = []
    let stages: [Stage]

    indirect enum Stage {
        case step(String, Behavior)
        case sleep(String, Milliseconds)
        /// Until that long after the run's event, as a date.
        case sleepUntil(String, Milliseconds)
        case wait(String, event: String, timeout: Milliseconds)
        /// For an event that may have come since the run began.
        case waitBack(String, event: String, timeout: Milliseconds)
        /// For the first of two events of the run's key.
        case any(String, group: String, event: String, timeout: Milliseconds)
        /// For the signal of that name and the run's key.
        case signal(String, name: String, timeout: Milliseconds, replaces: Bool)
        /// A request of the server's own, which fails this many times.
        case fetch(String, failures: Int)
        case invoke(String, target: String, timeout: Milliseconds)
        case parallel([[Stage]], isRacing: Bool)
    }

    enum Behavior {
        case succeeds
        /// Throws this many times before it succeeds; more than there are attempts means that it fails for good.
        case throwsFirst(Int)
        case failsForGood
        /// Sends an event with an id of its own, as a step does that sends.
        case sends(String)
    }

    var slug: String { "app-\(name)" }

    /// - Parameter hasOtherKeys: Keys that come to other values, and to different ones where they did before.
    func configuration(hasOtherKeys: Bool) -> String {
        let other = #""event.data.k == \"a\" ? \"x\" : \"y\"""#
        // A throttle knows nothing of what has started under other values.
        let isOther = hasOtherKeys && !declares("throttle")
        let options = isOther ? options.replacing(#""event.data.k""#, with: other) : options
        return """
            {"id":"\(slug)","name":"\(name)","triggers":[{"event":"\(event)"}\(schedule.map { ",{\"cron\":\"\($0)\"}" } ?? "")],"steps":{"step":{"id":"step","name":"step",\
            "runtime":{"type":"http","url":"http://worker:3000/api?fnId=\(slug)&stepId=step"},\
            "retries":{"attempts":\(attempts - 1)}}}\(options.isEmpty ? "" : ",")\(options)}
            """
    }

    // MARK: - Walking

    /// The stages that can be worked on now: none when the function can return.
    static func open(_ stages: [Stage], _ memos: [String: RawJSON]) -> [Stage] {
        for stage in stages {
            switch stage {
            case .parallel(let branches, let isRacing):
                let open = branches.map { Self.open($0, memos) }
                if isRacing && open.contains(where: \.isEmpty) { continue }
                let all = open.flatMap { $0 }
                if !all.isEmpty { return all }
            default:
                if memos[stage.name] == nil { return [stage] }
            }
        }
        return []
    }

    /// All stages that have a result of their own, in the order of the text.
    static func leaves(_ stages: [Stage]) -> [Stage] {
        stages.flatMap { stage in
            if case .parallel(let branches, _) = stage { branches.flatMap { leaves($0) } } else { [stage] }
        }
    }

    func declares(_ option: String) -> Bool { options.contains("\"\(option)\"") }

    /// Some of its events start no run.
    var mayDrop: Bool { declares("rateLimit") || declares("debounce") }
    /// Some of its runs are skipped.
    var maySkip: Bool { options.contains(#""mode":"skip""#) }
    /// Some of its runs are cancelled by events, by timeouts or by newer runs.
    var mayCancel: Bool { declares("cancel") || declares("timeouts") || options.contains(#""mode":"cancel""#) }

    var isRacing: Bool {
        stages.contains { if case .parallel(_, true) = $0 { true } else { false } }
    }

    /// What the function returns: every stage's memo, null where there is none.
    func output(_ memos: [String: RawJSON]) -> RawJSON {
        let parts = Self.leaves(stages).map { memos[$0.name]?.text ?? "null" }
        return RawJSON(validated: Array("[\(parts.joined(separator: ","))]".utf8))
    }
}

extension Script.Stage {
    /// The step's id and name in one.
    var name: String {
        switch self {
        case .step(let name, _), .sleep(let name, _), .sleepUntil(let name, _), .wait(let name, _, _),
            .invoke(let name, _, _), .signal(let name, _, _, _), .fetch(let name, _),
            .waitBack(let name, _, _), .any(let name, _, _, _):
            name
        case .parallel: ""
        }
    }

    var isStep: Bool { if case .step = self { true } else { false } }
}

extension Script {
    /// The functions of every simulation; which of them run, and when, is the seed's choice.
    static let all: [Script] = [
        Script(
            name: "sequence", event: "app/sequence", version: 2, attempts: 4, options: "",
            stages: [
                .step("one", .succeeds), .sleep("nap", .seconds(30)), .step("two", .throwsFirst(2)),
                .step("three", .failsForGood), .step("four", .succeeds),
            ]),
        Script(
            name: "fan", event: "app/fan", version: 2, attempts: 3,
            options: #""concurrency":{"limit":2,"key":"event.data.k"}"#,
            stages: [
                .step("first", .succeeds),
                .parallel(
                    [
                        [.step("left", .succeeds), .step("left-2", .throwsFirst(1))],
                        [.sleep("middle", .minutes(2))],
                        [.step("right", .throwsFirst(9))],
                        [.wait("signal", event: "app/signal", timeout: .minutes(10))],
                    ], isRacing: false),
                .step("last", .succeeds),
            ]),
        Script(
            name: "old", event: "app/old", version: 1, attempts: 4, options: #""concurrency":3"#,
            stages: [
                .parallel(
                    [[.step("a", .succeeds)], [.step("b", .succeeds)], [.sleep("c", .seconds(5))]], isRacing: false),
                .step("d", .succeeds),
            ]),
        Script(
            name: "race", event: "app/race", version: 2, attempts: 2, options: "",
            stages: [
                .parallel(
                    [[.step("fast", .succeeds)], [.step("slow", .throwsFirst(1))], [.sleep("late", .hours(1))]],
                    isRacing: true),
                .step("after", .succeeds),
            ]),
        Script(
            name: "caller", event: "app/caller", version: 2, attempts: 3, options: "",
            stages: [
                .invoke("call", target: "app-sequence", timeout: .hours(2)),
                .invoke("nobody", target: "app-nobody", timeout: .hours(1)),
                .invoke("gather", target: "app-gathered", timeout: .hours(2)),
                .step("send", .sends("app/signal")),
            ]),
        Script(
            name: "waiter", event: "app/waiter", version: 2, attempts: 3,
            options: #""throttle":{"limit":2,"period":"10s","burst":1,"key":"event.data.k"}"#,
            stages: [
                .sleepUntil("date", .minutes(1)), .wait("signal", event: "app/signal", timeout: .minutes(30)),
                .step("send", .sends("app/race")),
            ]),
        Script(
            name: "limited", event: "app/limited", version: 2, attempts: 2,
            options: #""rateLimit":{"limit":2,"period":"1m","key":"event.data.k"}"#, stages: [.step("a", .succeeds)]),
        Script(
            name: "only", event: "app/only", version: 2, attempts: 2,
            options: #""singleton":{"mode":"skip","key":"event.data.k"}"#,
            stages: [.step("a", .throwsFirst(1)), .sleep("nap", .minutes(1)), .step("b", .succeeds)]),
        Script(
            name: "newest", event: "app/newest", version: 2, attempts: 2,
            options: #""singleton":{"mode":"cancel","key":"event.data.k"}"#,
            stages: [.step("a", .succeeds), .sleep("nap", .minutes(2)), .step("b", .succeeds)]),
        Script(
            name: "watched", event: "app/watched", version: 2, attempts: 3,
            options: #"""
                "concurrency":{"fn":[{"limit":2,"scope":"fn"}],"step":[{"limit":3,"key":"event.data.k","scope":"env"}]},
                "priority":{"run":"event.data.k"},"timeouts":{"start":"20m","finish":"10m"},
                "cancel":[{"event":"app/signal","if":"event.data.k == async.data.k","timeout":"8m"}]
                """#,
            stages: [.step("a", .throwsFirst(1)), .sleep("nap", .minutes(3)), .step("b", .succeeds)]),
        Script(
            name: "crowd", event: "app/crowd", version: 2, attempts: 2, options: "",
            stages: [
                .parallel(
                    (1...4).map { [.wait("signal-\($0)", event: "app/signal", timeout: .minutes(5))] }, isRacing: false),
                .step("last", .succeeds),
            ]),
        Script(
            name: "settled", event: "app/settled", version: 2, attempts: 3,
            options: #"""
                "debounce":{"period":"20s","timeout":"1m","key":"event.data.k"},"singleton":{"mode":"skip","key":"event.data.k"},
                "cancel":[{"event":"app/signal","if":"event.data.k == async.data.k"}]
                """#,
            stages: [.step("a", .throwsFirst(1)), .sleep("nap", .minutes(2)), .step("b", .succeeds)]),
        Script(
            name: "gathered", event: "app/gathered", version: 2, attempts: 3,
            options: #""batchEvents":{"maxSize":2,"timeout":"40s","key":"event.data.k"},"concurrency":1"#,
            stages: [.step("a", .throwsFirst(1)), .sleep("nap", .minutes(1))]),
        Script(
            name: "approval", event: "app/approval", version: 2, attempts: 2, options: "",
            stages: [
                .step("ask", .succeeds), .signal("answer", name: "approve", timeout: .minutes(20), replaces: false),
                .step("act", .throwsFirst(1)),
            ]),
        Script(
            name: "latest", event: "app/latest", version: 2, attempts: 2, options: "",
            stages: [
                .parallel(
                    [
                        [.signal("answer", name: "approve", timeout: .minutes(9), replaces: true)],
                        [.step("beside", .succeeds)],
                    ], isRacing: false),
                .step("act", .succeeds),
            ]),
        Script(
            name: "fetcher", event: "app/fetcher", version: 2, attempts: 3,
            options: #""concurrency":{"limit":2,"key":"event.data.k"}"#,
            stages: [
                .fetch("get", failures: 1),
                .parallel(
                    [[.fetch("left", failures: 0)], [.fetch("right", failures: 9)], [.step("beside", .succeeds)]],
                    isRacing: false),
                .step("last", .succeeds),
            ]),
        Script(
            name: "defers", event: "app/defers", version: 2, attempts: 3, options: "",
            deferred: ["app-later", "app-nobody"],
            stages: [.step("a", .throwsFirst(1)), .sleep("nap", .minutes(1)), .step("b", .succeeds)]),
        Script(
            name: "later", event: "inngest/deferred.schedule", version: 2, attempts: 2, options: "",
            stages: [.step("a", .succeeds)]),
        Script(
            name: "backwards", event: "app/backwards", version: 2, attempts: 3, options: "",
            stages: [
                .step("a", .throwsFirst(1)), .waitBack("back", event: "app/signal", timeout: .minutes(4)),
                .step("b", .succeeds),
            ]),
        Script(
            name: "either", event: "app/either", version: 2, attempts: 2, options: "",
            stages: [
                .parallel(
                    [
                        [.any("one", group: "g", event: "app/signal", timeout: .minutes(15))],
                        [.any("two", group: "g", event: "app/race", timeout: .minutes(15))],
                        [.step("beside", .succeeds)],
                    ], isRacing: false),
                .step("last", .succeeds),
            ]),
        Script(
            name: "monthly", event: "app/monthly", version: 2, attempts: 2, options: "", schedule: "7 5 1 * *",
            stages: [.step("a", .throwsFirst(1))]),
        Script(name: "plain", event: "app/*", version: 2, attempts: 2, options: #""concurrency":1"#, stages: []),
        Script(
            name: "failure", event: "inngest/function.failed", version: 2, attempts: 1, options: "",
            stages: [.step("notify", .succeeds)]),
    ]

    static let bySlug = Dictionary(uniqueKeysWithValues: all.map { ($0.slug, $0) })
}
