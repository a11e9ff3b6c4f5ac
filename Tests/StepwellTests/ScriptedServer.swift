import StepwellModel
import Testing

@testable import Stepwell

/// The server's side of one run: calls the worker, records what it reports, and decides what comes next as PROTOCOL 3.6
/// and 3.7 have it.
final class ScriptedServer {
    struct Report {
        let op: String
        let hash: StepHash
        let json: JSONSlice

        var name: String { json["userland"]?["id"]?.string ?? "" }
        var index: Int64 { json["userland"]?["index"]?.integer ?? -1 }
        var data: String? { json["data"]?.text }
        var error: JSONSlice? { json["error"] }
    }

    let runner: Runner
    let function: FunctionDefinition
    let events: [JSONSlice]
    let runID: String
    var stack: [StepHash] = []
    var memos: [StepHash: String] = [:]
    /// The deferred functions, and whether they may be taken back.
    var defers: [StepHash: Bool] = [:]

    init(
        _ function: some DurableFunction,
        event: String = #"{"name":"test.event","data":{},"id":"e1","ts":1700000000000}"#,
        runID: String = "01HZZZZZZZZZZZZZZZZZZZZZZZ", runner: Runner = .test()
    ) throws {
        self.function = function.definition
        self.runner = runner
        self.runID = runID
        events = [try RawJSON(validating: Array(event.utf8)).slice]
    }

    func call(
        target: String? = nil, attempt: Int = 0, attemptsMax: Int = 4, plansOnly: Bool = false
    ) async throws -> CallReply {
        let call = try self.question(
            target: target, attempt: attempt, attemptsMax: attemptsMax, plansOnly: plansOnly)
        return await runner.answer(call, of: function.id, function.body)
    }

    /// A call as the server would make it now.
    func question(
        target: String? = nil, attempt: Int = 0, attemptsMax: Int = 4, plansOnly: Bool = false
    ) throws -> RunCall {
        var known: [StepHash: RecordedResult] = [:]
        for (hash, text) in memos {
            known[hash] = RecordedResult(json: try RawJSON(validating: Array(text.utf8)).slice)
        }
        return RunCall(
            runID: runID, target: target.map { StepHash(of: $0) }, attempt: attempt, attemptsMax: attemptsMax,
            stack: stack, memos: known, events: events, defers: defers, plansOnly: plansOnly, byteCount: 256)
    }

    /// Brings a call, whose answer will be in `reply`; false if it went to a new copy of the run, which nobody starts.
    func isTaken(_ question: RunCall, _ reply: Reply) -> Bool {
        !runner.cache.session(for: question, reply) {
            RunSession(question, of: function.id, in: runner.environment)
        }.isNew
    }

    /// Calls and gives the opcodes of a 206.
    func reports(target: String? = nil, attempt: Int = 0, plansOnly: Bool = false) async throws -> [Report] {
        let answer = try await call(target: target, attempt: attempt, plansOnly: plansOnly)
        try #require(answer.status == 206, "\(answer.body.text)")
        return try answer.reports
    }

    func record(_ name: String, _ memo: String) { record(StepHash(of: name), memo) }

    func record(_ hash: StepHash, _ memo: String) {
        stack.append(hash)
        memos[hash] = memo
    }

    /// Calls, and records what ran, until the function has returned; `waits` are the results of sleeps, waits and
    /// invocations by their step's name.
    func runToEnd(waits: [String: String] = [:]) async throws -> CallReply {
        for _ in 0..<1_000 {
            let answer = try await call()
            guard answer.status == 206 else { return answer }
            let reports = try answer.reports
            for report in reports where report.op != "RunComplete" { try await follow(report, waits) }
            if let end = reports.first(where: { $0.op == "RunComplete" }) {
                return CallReply(status: 200, body: end.json["data"]?.raw ?? .null)
            }
        }
        throw TooManyCalls()
    }

    private func follow(_ report: Report, _ waits: [String: String]) async throws {
        switch report.op {
        case "StepRun": record(report.hash, #"{"data":\#(report.data ?? "null")}"#)
        case "StepFailed": record(report.hash, #"{"error":\#(report.error?.text ?? "null")}"#)
        case "StepPlanned":
            let name = report.index == 0 ? report.name : "\(report.name):\(report.index)"
            for ran in try await reports(target: name) { try await follow(ran, waits) }
        case "DeferAdd": defers[report.hash] = true
        case "DeferAbort":
            if let target = StepHash(hex: report.json["opts"]?["target_hashed_id"]?.string ?? "") {
                defers[target] = false
            }
        default: record(report.hash, waits[report.name] ?? "null")
        }
    }

    struct TooManyCalls: Error {}
}

extension CallReply {
    var reports: [ScriptedServer.Report] {
        get throws {
            try (body.elements ?? []).map { json in
                let hash = try #require(StepHash(hex: json["id"]?.string ?? ""))
                return ScriptedServer.Report(op: json["op"]?.string ?? "", hash: hash, json: json)
            }
        }
    }
}

extension Runner {
    static func test(limits: RunCache.Limits = .init(), patience: Duration = .seconds(10), log: Log? = nil) -> Runner {
        let client = Client(id: "app", environment: [:], log: log ?? Log(level: .error) { _ in })
        return Runner(
            environment: RunEnvironment(appID: "app", client: client, targetPatience: patience), limits: limits)
    }
}
