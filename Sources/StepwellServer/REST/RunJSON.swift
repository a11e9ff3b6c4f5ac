import StepwellCore
import StepwellModel
import StepwellStore

/// Runs, their steps and what they wait for, as the operator's API writes them.
enum RunJSON {
    static func page(_ page: Page<RunRecord>, includesOutput: Bool) -> RawJSON {
        page.json { record, writer in
            writer.beginObject()
            writeSummary(record, to: &writer)
            if includesOutput { writeOutcome(record.run, to: &writer) }
            writer.endObject()
        }
    }

    static func detail(
        _ record: RunRecord, event: EventRow?, eventIDs: [ULID], steps: [StepRow], attempts: [AttemptRow],
        pending: [PendingAction], defers: [DeferRow], metadata: [MetadataRow]
    ) -> RawJSON {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writeSummary(record, to: &writer)
        writeOutcome(record.run, to: &writer)
        writer.key("trigger")
        if let event { EventJSON.write(event, to: &writer) } else { writer.null() }
        writer.key("event_ids")
        writer.beginArray()
        for id in eventIDs { writer.string(id.description) }
        writer.endArray()
        writer.key("limit_keys")
        LimitKeysJSON.write(record.run.limitKeys, to: &writer)
        writer.key("from_step")
        if let rerun = record.rerun, let step = rerun.stepID {
            write(step, rerun.input, to: &writer)
        } else {
            writer.null()
        }
        writer.key("steps")
        writer.beginArray()
        for step in steps { write(step, to: &writer) }
        writer.endArray()
        writer.key("failed_attempts")
        writer.beginArray()
        for attempt in attempts { write(attempt, to: &writer) }
        writer.endArray()
        writer.key("pending")
        writer.beginArray()
        for action in pending { write(action, to: &writer) }
        writer.endArray()
        writer.key("defers")
        writer.beginArray()
        for row in defers { write(row, to: &writer) }
        writer.endArray()
        writer.key("metadata")
        MetadataJSON.write(metadata, to: &writer)
        writer.endObject()
        return writer.json
    }

    static func writeSummary(_ record: RunRecord, to writer: inout JSONWriter) {
        let run = record.run
        writer.member("id", run.id.description)
        writer.member("status", run.status.text)
        writer.member("app", record.appName)
        writer.member("function", record.functionSlug)
        writer.member("function_version", run.functionVersion)
        writer.member(nullable: "event_id", record.eventID?.description)
        writer.member(nullable: "event_name", record.eventName)
        writer.member(nullable: "original_run_id", (record.rerun?.originalID).map(\.description))
        writer.member("origin", record.origin)
        writer.member(
            nullable: "bulk_id", (record.rerun == nil ? record.resend?.bulkID : record.rerun?.bulkID)?.description)
        writer.member("queued_at", DateText.format(run.queuedAt))
        writer.member(nullable: "started_at", run.startedAt.map(DateText.format))
        writer.member(nullable: "ended_at", run.endedAt.map(DateText.format))
    }

    /// The result of a completed run, the error of a failed one.
    static func writeOutcome(_ run: RunRow, to writer: inout JSONWriter) {
        writer.key("output")
        writer.raw(run.status == .completed ? run.output ?? .null : .null)
        writer.key("error")
        writer.raw(run.status == .completed ? .null : run.output ?? .null)
    }

    /// The step from which the run repeats another one.
    private static func write(_ stepID: String, _ input: RawJSON?, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("step_id", stepID)
        writer.member("input", input ?? .null)
        writer.endObject()
    }

    // MARK: - Steps

    private static func write(_ step: StepRow, to writer: inout JSONWriter) {
        let outcome = StepOutcome(step)
        writer.beginObject()
        writer.member("id", step.id)
        writer.member("name", step.name)
        writer.member("kind", step.kind.text)
        writer.member("status", outcome.status)
        writer.member("started_at", DateText.format(step.startedAt))
        writer.member("ended_at", DateText.format(step.endedAt))
        writer.member("attempts", step.attempts)
        writer.member("input", step.options?["input"]?.raw ?? .null)
        writer.member("options", step.options ?? .null)
        writer.member("output", outcome.output)
        writer.member("error", outcome.error)
        writer.endObject()
    }

    private static func write(_ row: DeferRow, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", row.id)
        writer.member("function", row.function)
        writer.member("status", row.status.text)
        writer.member("input", row.input ?? .null)
        writer.endObject()
    }

    private static func write(_ attempt: AttemptRow, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member(nullable: "step_id", attempt.stepID)
        writer.member(nullable: "step_name", attempt.stepName)
        writer.member("attempt", attempt.attempt)
        writer.member("started_at", DateText.format(attempt.startedAt))
        writer.member("ended_at", DateText.format(attempt.endedAt))
        writer.member("error", attempt.error)
        writer.member(nullable: "retry_at", attempt.retryAt.map(DateText.format))
        writer.endObject()
    }

    // MARK: - Next actions

    private static func write(_ action: PendingAction, to writer: inout JSONWriter) {
        let job = action.job
        writer.beginObject()
        writer.member("kind", job.core.kind.text)
        writer.member(nullable: "step_id", job.detail.stepID.isEmpty ? nil : job.detail.stepID)
        writer.member(nullable: "step_name", job.detail.stepID.isEmpty ? nil : job.detail.stepName)
        writer.member("since", DateText.format(job.detail.createdAt))
        writer.member("due_at", DateText.format(job.core.due))
        writer.member("attempt", job.core.attempt)
        writer.member("options", action.shownOptions ?? .null)
        writer.key("waits_for")
        if let signal = action.signal {
            writeSignal(signal, to: &writer)
        } else if let wait = action.wait {
            write(wait, to: &writer)
        } else {
            writer.null()
        }
        writer.endObject()
    }

    private static func write(_ wait: WaitRow, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("event", wait.eventName)
        writer.member(nullable: "match", wait.path?.joined(separator: "."))
        writer.member(nullable: "if", wait.residual)
        writer.member(nullable: "signal", nil)
        writer.endObject()
    }

    private static func writeSignal(_ name: String, to writer: inout JSONWriter) {
        writer.beginObject()
        for name in ["event", "match", "if"] as [StaticString] { writer.member(nullable: name, nil) }
        writer.member("signal", name)
        writer.endObject()
    }
}

extension RunRecord {
    /// Why there is such a run: an event of its own, or an operator.
    fileprivate var origin: String {
        if rerun != nil { return "rerun" }
        return resend == nil ? "event" : "resend"
    }
}

/// What a step's memo says of its end.
struct StepOutcome {
    var status: String
    var output = RawJSON.null
    var error = RawJSON.null

    init(_ step: StepRow) {
        if step.isError {
            status = "failed"
            error = step.memo["error"]?.raw ?? step.memo
            return
        }
        status = "completed"
        switch step.kind {
        case .gateway: output = GatewayOptions.redactedOutput(step.memo["data"]?.raw ?? step.memo)
        case .run, .invoke, .aiGateway: output = step.memo["data"]?.raw ?? step.memo
        case .waitForSignal:
            if step.memo.isNull { status = "timed_out" }
            output = step.memo["data"]?.raw ?? .null
        case .sleep: break
        case .waitForEvent:
            // An event that came is an object; the time that ran out is null.
            if step.memo.isNull { status = "timed_out" }
            output = step.memo
        }
    }
}

extension StepKind {
    var text: String {
        switch self {
        case .run: "run"
        case .sleep: "sleep"
        case .waitForEvent: "wait_for_event"
        case .invoke: "invoke"
        case .waitForSignal: "wait_for_signal"
        case .gateway: "fetch"
        case .aiGateway: "inference"
        }
    }
}

extension JobKind {
    var text: String {
        switch self {
        case .start: "start"
        case .discover: "discover"
        case .step: "step"
        case .sleep: "sleep"
        case .waitForEvent: "wait_for_event"
        case .invoke: "invoke"
        case .waitForSignal: "wait_for_signal"
        case .gateway: "fetch"
        case .aiGateway: "inference"
        case .startTimeout: "start_timeout"
        case .finishTimeout: "finish_timeout"
        case .cancelOn: "cancel_on"
        case .debounce: "debounce"
        case .batch: "batch"
        }
    }
}

extension DeferStatus {
    var text: String {
        switch self {
        case .scheduled: "scheduled"
        case .aborted: "aborted"
        case .rejected: "rejected"
        }
    }
}

extension PendingAction {
    /// The options without what nobody may see.
    fileprivate var shownOptions: RawJSON? {
        job.core.kind.isGateway ? job.detail.options.map(GatewayOptions.redacted) : job.detail.options
    }

    /// The signal that a wait is for.
    var signal: String? { job.core.kind == .waitForSignal ? job.detail.options?["signal"]?.string : nil }
}

extension JSONWriter {
    /// Writes null when there is no value, so that every object of a kind has the same members.
    mutating func member(nullable name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }
}
