import StepwellModel

/// One run, told in the order in which things happened.
struct Timeline {
    /// A thing that has happened and will not change.
    struct Entry {
        /// Tells it from all others of the run.
        var key: String
        var startedAt: Timestamp
        var endedAt: Timestamp
        var word: String
        var text: String
    }

    let run: RunView
    let style: Style

    // MARK: - Parts

    /// What is known from the beginning.
    var heading: [String] {
        var lines = [
            "\(style.bold(run.id))  \(Shown.safe(run.function))",
            fact("app", "\(Shown.safe(run.app)), version \(run.version) of the function"),
        ]
        if let name = run.eventName {
            lines.append(fact("event", "\(Shown.safe(name))  \(run.eventID ?? "")"))
        } else {
            lines.append(fact("event", "no longer kept"))
        }
        if let original = run.originalID {
            let step = run.fromStep.map { step in run.steps.first { $0.id == step }?.name ?? step }
            let place = step.map { ", from step \(Shown.safe($0))" } ?? ""
            lines.append(fact("rerun", "of run \(Shown.safe(original))\(place)"))
        } else if run.origin == "resend" {
            lines.append(fact("resent", "for an event that was sent once more"))
        }
        if let bulk = run.bulkID { lines.append(fact("bulk", "by work \(Shown.safe(bulk))")) }
        for option in run.failedKeys {
            lines.append(
                fact(
                    "limit",
                    "\(Shown.safe(option)) cannot be evaluated: the run shares the limit with all for which it fails"))
        }
        lines.append(fact("queued", RunText.date(run.queuedAt)))
        return lines + [""]
    }

    /// All entries, in the order in which they ended.
    var entries: [Entry] {
        let steps = run.steps.map { step in
            Entry(
                key: "step \(step.id)", startedAt: step.startedAt, endedAt: step.endedAt, word: word(step),
                text: text(step))
        }
        let attempts = run.failedAttempts.map { attempt in
            Entry(
                key: "attempt \(attempt.stepID ?? "") \(attempt.startedAt.milliseconds) \(attempt.attempt)",
                startedAt: attempt.startedAt, endedAt: attempt.endedAt, word: "failed", text: text(attempt))
        }
        return (attempts + steps).sorted { ($0.endedAt, $0.startedAt) < ($1.endedAt, $1.startedAt) }
    }

    func line(_ entry: Entry) -> String {
        let at = Shown.padded("+\(SpanText.of((entry.startedAt - run.queuedAt).count))", to: 11)
        let took = Shown.padded(SpanText.of((entry.endedAt - entry.startedAt).count), to: 11)
        let word = style.paint(Shown.padded(entry.word, to: 9), RunText.ink(ofStatus: entry.word))
        return "  \(style.dim(at))\(took)\(word)  \(entry.text)"
    }

    /// What the run does next or waits for; nothing once it has ended.
    func pendingLines(now: Timestamp) -> [String] {
        run.pending.map { action in
            let word = style.paint(Shown.padded(word(action, now: now), to: 9), .cyan)
            return "  \(Shown.padded("now", to: 22))\(word)  \(text(action, now: now))"
        }
    }

    /// What was told of it, and what runs after it.
    var notes: [String] {
        let metadata = run.metadata.map { entry in
            let step = entry.stepID.map { id in run.steps.first { $0.id == id }?.name ?? id } ?? "the run"
            return fact("meta", Shown.safe("\(step)  \(entry.kind) \(entry.values.text)"))
        }
        return metadata + run.defers.map { fact("defers", Shown.safe("\($0.function)  \($0.status)")) }
    }

    /// How it ended; nothing while it has not.
    var ending: [String] {
        guard let endedAt = run.endedAt else { return [] }
        let status = style.paint(run.status, RunText.ink(ofStatus: run.status))
        var lines = ["", "\(status) after \(SpanText.of((endedAt - run.queuedAt).count))"]
        if let output = run.output { lines.append(fact("result", Shown.safe(output.text))) }
        if let error = run.error { lines += errorLines(error) }
        return lines
    }

    /// The whole run at once.
    func lines(now: Timestamp) -> [String] {
        heading + entries.map(line) + pendingLines(now: now) + notes + ending
    }

    // MARK: - Words

    private func fact(_ name: String, _ value: String) -> String {
        "  \(style.dim(Shown.padded(name, to: 6)))  \(value)"
    }

    private func word(_ step: RunView.Step) -> String {
        switch (step.status, step.kind) {
        case ("failed", _): "failed"
        case ("timed_out", _): "timed out"
        case (_, "sleep"): "slept"
        case (_, "wait_for_event"), (_, "wait_for_signal"): "received"
        case (_, "invoke"): "returned"
        default: "done"
        }
    }

    private func text(_ step: RunView.Step) -> String {
        var text = Shown.safe(step.name)
        if step.attempts > 1 { text += style.dim("  \(step.attempts) attempts") }
        if let error = step.error { text += "  \(Self.summary(error))" }
        if step.kind == "wait_for_event", let event = step.output?["name"]?.string {
            text += style.dim("  \(Shown.safe(event))")
        }
        if step.kind == "wait_for_signal", let signal = step.output?["signal"]?.string {
            text += style.dim("  \(Shown.safe(signal))")
        }
        return text
    }

    private func text(_ attempt: RunView.FailedAttempt) -> String {
        var text = Shown.safe(attempt.stepName ?? "the function")
        text += style.dim("  attempt \(attempt.attempt + 1)")
        if let error = attempt.error { text += "  \(Self.summary(error))" }
        if let retryAt = attempt.retryAt {
            text += style.dim("  again after \(SpanText.of((retryAt - attempt.endedAt).count))")
        }
        return text
    }

    private func word(_ action: RunView.Pending, now: Timestamp) -> String {
        switch action.kind {
        case "sleep": "sleeps"
        case "wait_for_event", "wait_for_signal", "invoke", "debounce", "batch": "waits"
        case "start_timeout", "finish_timeout", "cancel_on": "ends"
        default: action.dueAt > now ? "pauses" : "calls"
        }
    }

    private func text(_ action: RunView.Pending, now: Timestamp) -> String {
        let left = action.dueAt > now ? "\(SpanText.of((action.dueAt - now).count)) left" : "due"
        let until = style.dim("  until \(RunText.date(action.dueAt)), \(left)")
        let name = Shown.safe(action.stepName ?? "the function")
        switch action.kind {
        case "sleep": return name + until
        case "wait_for_event":
            let condition = [action.match.map { "same \($0)" }, action.condition].compactMap { $0 }
            let filter = condition.isEmpty ? "" : " with \(condition.joined(separator: " and "))"
            return "\(name)  for \(Shown.safe((action.event ?? "an event") + filter))\(until)"
        case "wait_for_signal": return "\(name)  for the signal \(Shown.safe(action.signal ?? ""))\(until)"
        case "invoke": return "\(name)  for the invoked function\(until)"
        case "debounce": return "\(name)  for events that take the place of its own\(until)"
        case "batch": return "\(name)  for its batch to fill\(until)"
        case "start_timeout": return "the run if it has not begun\(until)"
        case "finish_timeout": return "the run\(until)"
        case "cancel_on": return "the run when \(Shown.safe(action.event ?? "an event")) comes\(until)"
        default:
            let attempt = action.attempt > 0 ? style.dim("  attempt \(action.attempt + 1)") : ""
            return name + attempt + (action.dueAt > now ? until : "")
        }
    }

    // MARK: - Errors

    /// `Name: message` on one line.
    static func summary(_ error: JSONSlice) -> String {
        let message = error["message"]?.string
        let name = error["name"]?.string
        switch (name, message) {
        case (let name?, let message?): return Shown.cut(Shown.safe("\(name): \(message)"), to: 200)
        case (nil, let message?): return Shown.cut(Shown.safe(message), to: 200)
        default: return Shown.cut(Shown.safe(error.string ?? error.text), to: 200)
        }
    }

    private func errorLines(_ error: JSONSlice) -> [String] {
        var lines = [fact("error", Self.summary(error))]
        for line in error["stack"]?.string?.split(separator: "\n").prefix(20) ?? [] {
            lines.append("          \(style.dim(Shown.safe(String(line))))")
        }
        return lines
    }
}
