import StepwellCore
import StepwellExpressions
import StepwellModel
import StepwellStore

/// An explanation of the engine's, with the names and texts that people know things by.
struct WhyJSON {
    let record: RunRecord
    private var explanation: Explanation?
    private var function: FunctionPlan?
    private var pending: [JobKey: PendingAction] = [:]
    private var holders: [RunKey: RunRecord] = [:]
    private var attempts: [AttemptRow] = []

    /// Of a run that has ended, until an explanation is read.
    init(_ record: RunRecord) { self.record = record }

    /// Looks up all that the explanation names.
    mutating func read(
        _ explanation: Explanation, _ function: FunctionPlan?, _ reader: any StoreReader
    ) throws(StoreError) {
        self.explanation = explanation
        self.function = function
        for action in try reader.pendingActions(of: record.run.key) { pending[action.job.core.key] = action }
        if explanation.actions.contains(where: { $0.attempt > 0 }) {
            attempts = try reader.attempts(of: record.run.key)
        }
        for run in Set(explanation.actions.flatMap { $0.causes.compactMap(\.holder) }) {
            holders[run] = try reader.run(run)
        }
    }

    var json: RawJSON {
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        RunJSON.writeSummary(record, to: &writer)
        RunJSON.writeOutcome(record.run, to: &writer)
        writer.key("actions")
        writer.beginArray()
        for action in explanation?.actions ?? [] { write(action, to: &writer) }
        writer.endArray()
        writer.key("watches")
        writer.beginArray()
        for watch in explanation?.watches ?? [] { write(watch, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.json
    }

    private func write(_ action: Explanation.Action, to writer: inout JSONWriter) {
        let detail = pending[action.job]?.job.detail
        let step = detail.flatMap { $0.stepID.isEmpty ? nil : $0 }
        writer.beginObject()
        writer.member("kind", action.kind.text)
        writer.member(nullable: "step_id", step?.stepID)
        writer.member(nullable: "step_name", step?.stepName)
        writer.member(nullable: "since", (detail?.createdAt).map(DateText.format))
        writer.member("attempt", action.attempt)
        writer.member("attempts_max", action.attemptsMax)
        writer.key("last_error")
        writer.raw(lastError(of: action, step?.stepID))
        writer.key("causes")
        writer.beginArray()
        for cause in action.causes { write(WhyCause(cause), of: action.job, to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    private func lastError(of action: Explanation.Action, _ stepID: String?) -> RawJSON {
        guard action.attempt > 0 else { return .null }
        return attempts.last { $0.stepID == stepID }?.error ?? .null
    }

    private func write(_ watch: Explanation.Watch, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kind", watch.kind.text)
        writer.member("due_at", DateText.format(watch.due))
        writeWait(of: watch.job, to: &writer)
        writer.endObject()
    }

    private func writeWait(of job: JobKey, to writer: inout JSONWriter) {
        let wait = pending[job]?.wait
        writer.member(nullable: "event", wait?.eventName)
        writer.member(nullable: "match", wait?.path?.joined(separator: "."))
        writer.member(nullable: "if", wait?.residual)
    }

    // MARK: - Causes

    private func write(_ cause: WhyCause, of job: JobKey, to writer: inout JSONWriter) {
        let rule = cause.rule.flatMap { declared($0, of: job) }
        writer.beginObject()
        writer.member("cause", cause.name)
        writer.member(nullable: "since", cause.since.map(DateText.format))
        writer.member(nullable: "until", cause.until.map(DateText.format))
        writer.member(nullable: "message", cause.message)
        writer.member(nullable: "scope", cause.scope)
        writer.member(nullable: "key", rule?.key)
        writer.member(nullable: "value", rule?.value)
        writer.member(nullable: "period", rule?.period.map(DurationText.format))
        writer.member(nullable: "limit", cause.occupancy?.limit ?? rule?.limit)
        writer.member(nullable: "in_use", cause.occupancy?.inUse)
        writer.key("oldest")
        if let oldest = cause.occupancy?.oldest { write(oldest, to: &writer) } else { writer.null() }
        writer.member(nullable: "events", cause.events)
        writer.member(nullable: "ahead", cause.ahead)
        writer.member(nullable: "ahead_is_minimum", cause.isMinimum)
        if cause.name == "wait_for_event" {
            writeWait(of: job, to: &writer)
        } else {
            for name in ["event", "match", "if"] as [StaticString] { writer.member(nullable: name, nil as String?) }
        }
        writer.member(nullable: "signal", cause.name == "wait_for_signal" ? pending[job]?.signal : nil)
        writer.member(nullable: "is_replaced", cause.isReplaced)
        writer.endObject()
    }

    private func write(_ holder: Explanation.Holder, to writer: inout JSONWriter) {
        let record = holder.run.flatMap { holders[$0] }
        let since = holder.since ?? record.map { $0.run.startedAt ?? $0.run.queuedAt }
        writer.beginObject()
        writer.member(nullable: "run_id", record?.run.id.description)
        writer.member(nullable: "function", record?.functionSlug)
        writer.member(nullable: "since", since.map(DateText.format))
        writer.endObject()
    }

    /// What the function declares of a limit, and what its key comes to for this run.
    private struct DeclaredRule {
        var key: String?
        var value: String?
        var limit: Int?
        var period: Milliseconds?
    }

    private func declared(_ rule: WhyCause.Rule, of job: JobKey) -> DeclaredRule? {
        guard let flow = function?.flow else { return nil }
        let keys = record.run.limitKeys
        switch rule {
        case .concurrency(let place):
            guard flow.concurrency.indices.contains(place) else { return nil }
            let value = keys.concurrency.indices.contains(place) ? keys.concurrency[place] : nil
            let declared = flow.concurrency[place]
            return DeclaredRule(key: declared.key?.source, value: value, limit: declared.limit)
        case .run:
            return flow.runConcurrency.map { DeclaredRule(key: $0.key?.source, value: keys.run, limit: $0.limit) }
        case .throttle:
            return flow.throttle.map {
                DeclaredRule(key: $0.key?.source, value: keys.throttle, limit: $0.limit, period: $0.period)
            }
        case .debounce:
            return flow.debounce.map {
                DeclaredRule(key: $0.key?.source, value: pending[job]?.hold?.key, period: $0.period)
            }
        case .batch:
            return flow.batch.map {
                DeclaredRule(key: $0.key?.source, value: pending[job]?.hold?.key, limit: $0.sizeMax, period: $0.timeout)
            }
        }
    }
}

/// A cause as its members.
private struct WhyCause {
    enum Rule {
        case concurrency(Int)
        case run
        case throttle
        case debounce
        case batch
    }

    var name: String
    var since: Timestamp?
    var until: Timestamp?
    var message: String?
    var scope: String?
    var rule: Rule?
    var occupancy: Explanation.Occupancy?
    var events: Int?
    var ahead: Int?
    var isMinimum: Bool?
    var isReplaced: Bool?

    init(_ cause: Explanation.Cause) {
        switch cause {
        case .calling(let since):
            name = "calling"
            self.since = since
        case .reading: name = "reading"
        case .concurrency(let place, let scope, let occupancy):
            name = "concurrency"
            self.scope = scope.rawValue
            rule = .concurrency(place)
            self.occupancy = occupancy
        case .runLimit(let occupancy):
            name = "run_limit"
            rule = .run
            self.occupancy = occupancy
        case .throttle(let until):
            name = "throttle"
            rule = .throttle
            self.until = until
        case .appLimit(let occupancy):
            name = "app_limit"
            self.occupancy = occupancy
        case .gatewayLimit(let occupancy):
            name = "fetch_limit"
            self.occupancy = occupancy
        case .unreachable(let since, let message, let trialAt):
            name = "unreachable"
            self.since = since
            self.message = message
            until = trialAt
        case .paused(let since): (name, self.since) = ("paused", since)
        case .inLine(let ahead, let isMinimum):
            name = "in_line"
            self.ahead = ahead
            self.isMinimum = isMinimum
        case .renewingKeys: name = "renewing_keys"
        case .sleeping(let until): (name, self.until) = ("sleep", until)
        case .event(let until): (name, self.until) = ("wait_for_event", until)
        case .signal(let until, let isReplaced):
            name = "wait_for_signal"
            self.until = until
            self.isReplaced = isReplaced
        case .invoked(let until): (name, self.until) = ("invoke", until)
        case .retry(let time): (name, until) = ("retry", time)
        case .scheduled(let time): (name, until) = ("scheduled", time)
        case .debounce(let until, let events):
            (name, self.until) = ("debounce", until)
            rule = .debounce
            self.events = events
        case .batch(let until, let events):
            (name, self.until) = ("batch", until)
            rule = .batch
            self.events = events
        case .overdue(let since): (name, self.since) = ("overdue", since)
        case .recovering(let until): (name, self.until) = ("recovering", until)
        case .draining: name = "draining"
        }
    }
}

extension Explanation.Cause {
    /// The run that holds what is waited for.
    fileprivate var holder: RunKey? {
        switch self {
        case .concurrency(_, _, let occupancy), .runLimit(let occupancy), .appLimit(let occupancy),
            .gatewayLimit(let occupancy):
            occupancy.oldest?.run
        case .calling, .reading, .throttle, .unreachable, .paused, .inLine, .renewingKeys, .sleeping, .event, .signal,
            .invoked, .retry, .scheduled, .debounce, .batch, .overdue, .recovering, .draining:
            nil
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(nullable name: StaticString, _ value: Int?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    fileprivate mutating func member(nullable name: StaticString, _ value: Bool?) {
        key(name)
        if let value { bool(value) } else { null() }
    }
}
