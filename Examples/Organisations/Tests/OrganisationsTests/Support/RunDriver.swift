import Foundation
@testable import Organisations
import Stepwell
import Testing

/// The server's side of one run, through the SDK's public handler: calls the function, records what its steps report, and
/// calls again until it has returned.
final class RunDriver {
    /// What a step reported.
    struct Report {
        let op: String
        let hash: String
        let json: [String: Any]

        var step: String { (json["userland"] as? [String: Any])?["id"] as? String ?? "" }
        var options: [String: Any] { json["opts"] as? [String: Any] ?? [:] }
    }

    struct Answer {
        let status: Int
        let body: Any
        var reports: [Report] {
            (body as? [[String: Any]] ?? []).map {
                Report(op: $0["op"] as? String ?? "", hash: $0["id"] as? String ?? "", json: $0)
            }
        }
    }

    private let app: App
    private var serve: Serve
    private let slug: String
    private let event: [String: Any]
    private let runID: String
    private var stack: [String] = []
    private var memos: [String: Any] = [:]
    /// The steps whose results were recorded, in that order.
    private(set) var steps: [String] = []

    init(_ app: App, _ job: String, event name: String, _ data: [String: Any], runID: String = "01RUN") throws {
        self.app = app
        serve = try Serve(app)
        slug = "organisations-\(job)"
        event = ["name": name, "data": data, "id": "event-1", "ts": 1_700_000_000_000, "user": [String: Any]()]
        self.runID = runID
    }

    /// What is parked in the worker is gone, as after its death.
    func restartWorker() throws { serve = try Serve(app) }

    func call(step: String = "step", attempt: Int = 0) async throws -> Answer {
        let context: [String: Any] = [
            "attempt": attempt, "max_attempts": 4, "run_id": runID, "fn_id": "f", "qi_id": "q",
            "stack": ["stack": stack, "current": stack.count] as [String: Any],
        ]
        let body: [String: Any] = [
            "ctx": context, "event": event, "events": [event], "steps": memos, "use_api": false, "version": 2,
        ]
        let request = ServeRequest(
            method: "POST", target: "/api/inngest?fnId=\(slug)&stepId=\(step)",
            body: Array(try JSONSerialization.data(withJSONObject: body)))
        let response = await serve.handle(request)
        guard case .bytes(let bytes) = response.body else { throw Unexpected(what: "a stream") }
        return Answer(
            status: response.status,
            body: try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed))
    }

    /// Calls until the function has returned or failed; `waits` are the results of waits by their step's name.
    func finish(waits: [String: Any] = [:]) async throws -> Answer {
        for _ in 0..<100 {
            let answer = try await call()
            guard answer.status == 206 else { return answer }
            for report in answer.reports { try await follow(report, waits) }
        }
        throw Unexpected(what: "no end after 100 calls")
    }

    private func follow(_ report: Report, _ waits: [String: Any]) async throws {
        switch report.op {
        case "StepRun": record(report, ["data": report.json["data"] ?? NSNull()])
        case "StepFailed": record(report, ["error": report.json["error"] ?? NSNull()])
        case "StepError": try await retry(report, waits)
        case "StepPlanned": for ran in try await call(step: report.hash).reports { try await follow(ran, waits) }
        default: record(report, waits[report.step] ?? NSNull())
        }
    }

    /// Goes straight to the last attempt.
    private func retry(_ report: Report, _ waits: [String: Any]) async throws {
        for last in try await call(attempt: 3).reports { try await follow(last, waits) }
    }

    func record(_ report: Report, _ memo: Any) {
        stack.append(report.hash)
        memos[report.hash] = memo
        steps.append(report.step)
    }

    struct Unexpected: Error {
        let what: String
    }
}
