import StepwellModel

/// Why a run is not running, in sentences: for each of its next actions what keeps it, then what may cancel it.
struct WhyText {
    let why: WhyView
    let style: Style
    let now: Timestamp

    var lines: [String] {
        let run = why.run
        let status = style.paint(run.status, RunText.ink(ofStatus: run.status))
        let heading = "\(style.bold(run.id))  \(Shown.safe(run.function))  \(status)"
        if let endedAt = run.endedAt { return [heading] + ending(endedAt) }
        return [heading] + why.actions.flatMap(lines) + why.watches.map { "  \(style.dim("the run \(sentence($0))"))" }
    }

    private func ending(_ endedAt: Timestamp) -> [String] {
        let run = why.run
        let took = SpanText.of((endedAt - run.queuedAt).count)
        var lines = ["  ended at \(RunText.date(endedAt)), \(took) after it was queued"]
        if let output = run.output { lines.append("  result  \(Shown.safe(output.text))") }
        if let error = run.error { lines.append("  \(Self.reason(error))") }
        return lines
    }

    static func reason(_ error: JSONSlice) -> String {
        switch error["reason"]?.string {
        case "singleton":
            let other = error["run_id"]?.string.map { "run \(Shown.safe($0))" } ?? "another run"
            return "skipped, since \(other) of the same singleton was unfinished"
        case "function_paused": return "skipped, since the function was paused"
        case "function_drained": return "skipped, since the function was drained"
        default: return "error  \(Timeline.summary(error))"
        }
    }

    private func lines(_ action: WhyView.Action) -> [String] {
        let name = action.stepName.map { "step \(Shown.safe($0))" } ?? Self.name(ofKind: action.kind)
        let attempt = action.attempt > 0 ? " (attempt \(action.attempt + 1) of \(action.attemptsMax))" : ""
        let isRequest = action.kind == "fetch" || action.kind == "inference"
        var lines = action.causes.map { "  \(name)\(attempt) \(sentence($0, isRequest: isRequest))" }
        if let error = action.lastError {
            lines.append("  \(style.dim("the attempt before failed: \(Timeline.summary(error))"))")
        }
        return lines
    }

    private static func name(ofKind kind: String) -> String {
        ["start", "debounce", "batch"].contains(kind) ? "the first call" : "the next call"
    }

    // MARK: - Sentences

    /// - Parameter isRequest: The action is a request of the server's own.
    private func sentence(_ cause: WhyView.Cause, isRequest: Bool) -> String {
        switch cause.name {
        case "fetch_limit":
            "waits for a slot: the limit of \(count(cause.limit, "request")) of the server in flight is full\(holder(cause))"
        case "calling" where isRequest: "is under way: the server asked\(ago(cause.since)) and has no answer yet"
        case "calling": "is under way: its worker was called\(ago(cause.since)) and has not answered yet"
        case "reading": "is about to go on: the run is being read from the data file"
        case "concurrency": "waits for a slot: \(rule(cause)) is full\(holder(cause))"
        case "run_limit":
            "waits for a slot: the limit of \(count(cause.limit, "run")) at a time\(key(cause)) is full\(holder(cause))"
        case "app_limit":
            "waits for a slot: the limit of \(count(cause.limit, "call")) in flight to app \(app) is full\(holder(cause))"
        case "throttle":
            "waits for the throttle\(rate(cause))\(key(cause)): the next start is allowed\(at(cause.until))"
        case "unreachable": unreachable(cause)
        case "paused": "waits until the function is resumed: it has been paused\(since(cause.since))"
        case "in_line": line(cause)
        case "renewing_keys":
            "waits for its keys: its function declares others since it was queued, and they are being evaluated again, the "
                + "oldest runs first"
        case "sleep": "sleeps\(until(cause.until))"
        case "wait_for_event": "waits for \(event(cause.event, cause.match, cause.condition))\(until(cause.until))"
        case "wait_for_signal": signal(cause)
        case "invoke": "waits for the invoked function\(until(cause.until))"
        case "retry": "comes\(at(cause.until))"
        case "scheduled": "comes\(at(cause.until)): that is the time of its event"
        case "debounce": debounce(cause)
        case "batch": batch(cause)
        case "overdue": "has been due\(since(cause.since)), with very many others, and is about to get its turn"
        case "recovering":
            "waits for calls of the process before, which was killed, to end: calls are made\(from(cause.until))"
        case "draining": "is not made: the server is being stopped, and the next one makes it"
        default: "waits: \(Shown.safe(cause.name))"
        }
    }

    private func signal(_ cause: WhyView.Cause) -> String {
        let name = "signal \(Shown.safe(cause.signal ?? ""))"
        guard cause.isReplaced else { return "waits for \(name)\(until(cause.until))" }
        return "waited for \(name), for which another run waits in its place: it goes on\(at(cause.until))"
    }

    private func sentence(_ watch: WhyView.Watch) -> String {
        switch watch.kind {
        case "start_timeout": "is cancelled unless it has begun\(by(watch.dueAt))"
        case "finish_timeout": "is cancelled unless it has ended\(by(watch.dueAt))"
        case "cancel_on":
            "is cancelled by \(event(watch.event, watch.match, watch.condition)), if it comes\(by(watch.dueAt))"
        default: "is watched: \(Shown.safe(watch.kind))\(until(watch.dueAt))"
        }
    }

    private var app: String { Shown.safe(why.run.app) }

    private func unreachable(_ cause: WhyView.Cause) -> String {
        let trial = cause.until.map { "the next trial is\(at($0))" } ?? "a trial is under way"
        return "waits for app \(app), which cannot be reached\(since(cause.since)): "
            + "\(Shown.safe(cause.message ?? "")); \(trial)"
    }

    private func debounce(_ cause: WhyView.Cause) -> String {
        let period = cause.period.map { " for \(Shown.safe($0))" } ?? ""
        return
            "is debounced\(key(cause)): it comes\(at(cause.until)) unless another event does, once none has come\(period); "
            + "\(count(cause.events, "event")) so far"
    }

    private func batch(_ cause: WhyView.Cause) -> String {
        let limit = cause.limit.map { " of \($0)" } ?? ""
        return
            "waits for its batch to fill\(key(cause)): it has \(cause.events ?? 0)\(limit) events and starts\(by(cause.until))"
            + " at the latest"
    }

    private func line(_ cause: WhyView.Cause) -> String {
        guard let ahead = cause.ahead, ahead > 0 else { return "is next in line" }
        return "is in line behind \(cause.isMinimum ? "at least " : "")\(ahead) \(ahead == 1 ? "other" : "others")"
    }

    private func rule(_ cause: WhyView.Cause) -> String {
        let scope =
            switch cause.scope {
            case "env": " of the environment"
            case "account": " of the account"
            default: ""
            }
        return "concurrency limit \(cause.limit ?? 0)\(scope)\(key(cause))"
    }

    private func key(_ cause: WhyView.Cause) -> String {
        guard let key = cause.key else { return "" }
        return " for \(Shown.safe(key)) = \"\(Shown.safe(cause.value ?? ""))\""
    }

    private func holder(_ cause: WhyView.Cause) -> String {
        let use = cause.inUse.flatMap { $0 == cause.limit ? nil : " (\($0) in use)" } ?? ""
        guard let oldest = cause.oldest else { return use }
        guard let run = oldest.runID else {
            return "\(use); the oldest holder is a call of a run that has ended,\(since(oldest.since))"
        }
        let function = oldest.function.flatMap { $0 == why.run.function ? nil : " of \(Shown.safe($0))" } ?? ""
        return "\(use); the oldest holder is run \(Shown.safe(run))\(function)\(since(oldest.since))"
    }

    private func rate(_ cause: WhyView.Cause) -> String {
        guard let limit = cause.limit, let period = cause.period else { return "" }
        return " of \(limit) in \(Shown.safe(period))"
    }

    private func count(_ limit: Int64?, _ noun: String) -> String { "\(limit ?? 0) \(noun)\(limit == 1 ? "" : "s")" }

    private func event(_ name: String?, _ match: String?, _ condition: String?) -> String {
        let conditions = [match.map { "same \($0)" }, condition].compactMap { $0 }
        let filter = conditions.isEmpty ? "" : " with \(conditions.joined(separator: " and "))"
        return Shown.safe("event \(name ?? "")\(filter)")
    }

    // MARK: - Times

    private func since(_ time: Timestamp?) -> String {
        time.map { " since \(RunText.date($0)) (\(SpanText.of((now - $0).count)))" } ?? ""
    }

    private func ago(_ time: Timestamp?) -> String {
        time.map { " at \(RunText.date($0)) (\(SpanText.of((now - $0).count)) ago)" } ?? ""
    }

    private func at(_ time: Timestamp?) -> String { due(" at ", time) }
    private func by(_ time: Timestamp?) -> String { due(" by ", time) }
    private func from(_ time: Timestamp?) -> String { due(" from ", time) }
    private func until(_ time: Timestamp?) -> String { due(" until ", time) }

    private func due(_ word: String, _ time: Timestamp?) -> String {
        guard let time else { return "" }
        let left = time > now ? "in \(SpanText.of((time - now).count))" : "now"
        return "\(word)\(RunText.date(time)) (\(left))"
    }
}
