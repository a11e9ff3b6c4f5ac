import StepwellModel

/// What events start and end, and what answers lead to.
extension FlowModel {
    /// A run that the engine has made of an event.
    struct FoundRun {
        let key: Int64
        let function: Int
        let isSkipped: Bool
    }

    enum Fate { case dropped, joined, skipped, queued }

    /// Returns how many functions the event concerns.
    mutating func receive(_ event: SentEvent, _ found: [FoundRun]) -> Int {
        // None is cancelled by the event that starts it.
        let cancelled = runs.filter { isCancelled($0, by: event) }.map(\.key)
        for number in registered.sorted() {
            guard let function = functions[number], function.event == event.name else { continue }
            let run = found.first { $0.function == number }
            let fate = fate(of: event, function)
            let actual: Fate = run.map { $0.isSkipped ? .skipped : .queued } ?? .dropped
            if (fate == .joined ? .dropped : fate) != actual {
                complaints.append("the event is \(actual) by f\(number), and must be \(fate)")
            }
            if let run, fate == .queued { queue(run.key, function, event) }
        }
        for run in found where !registered.contains(run.function) || functions[run.function]?.event != event.name {
            complaints.append("the event starts f\(run.function), which it does not concern")
        }
        for key in cancelled { end(key, .cancelled) }
        return registered.filter { functions[$0]?.event == event.name }.count
    }

    private func isCancelled(_ run: Run, by event: SentEvent) -> Bool {
        guard event.name == "stop", let listener = run.listener, listener.until.map({ now < $0 }) ?? true else {
            return false
        }
        return misreading == .cancelKey || listener.k == nil || listener.k == event.k
    }

    /// Rate limits come first, then debounces and batches, then singletons. Batches have no rate limit.
    private mutating func fate(of event: SentEvent, _ function: DeclaredFunction) -> Fate {
        let hold = hold(of: event, function)
        if hold?.isBatch != true, !passesRateLimit(event, function) { return .dropped }
        if let hold { return join(hold, event, function) ? .joined : .queued }
        return isInTheWay(function, singletonKey(of: event, function), of: runs) ? .skipped : .queued
    }

    private mutating func passesRateLimit(_ event: SentEvent, _ function: DeclaredFunction) -> Bool {
        guard
            let rate = function.idempotency.map({
                DeclaredFunction.RateLimit(limit: 1, periodSeconds: 86_400, key: $0)
            }) ?? function.rateLimit
        else { return true }
        let value = rate.key.value(for: event)
        guard value != .isFalse else { return true }
        guard isAccepted(function, rate, value.limitText) else { return false }
        accepted.append(
            Passing(
                function: function.number, key: value.limitText, time: now,
                emission: Self.emission(rate.limit, rate.periodSeconds)))
        return true
    }

    /// Whether one of the runs keeps another of its singleton from being.
    func isInTheWay(_ function: DeclaredFunction, _ key: String?, of runs: [Run]) -> Bool {
        guard let key, function.singleton?.cancelsOld == false else { return false }
        return runs.contains { $0.function == function.number && $0.hold == nil && $0.keys.singleton == key }
    }

    /// Nil for none: the key is false or fails.
    private func singletonKey(of event: SentEvent, _ function: DeclaredFunction) -> String? {
        guard let singleton = function.singleton else { return nil }
        if misreading == .singletonKey { return "" }
        switch singleton.key.value(for: event) {
        case .absent: return ""
        case .text(let text): return text
        case .isFalse, .failed: return nil
        }
    }

    func keys(of event: SentEvent, _ function: DeclaredFunction) -> Keys {
        Keys(
            concurrency: function.concurrency.map { $0.key.value(for: event).limitText },
            throttle: function.throttle?.key.value(for: event).limitText,
            run: function.runLimit?.key.value(for: event).limitText, singleton: singletonKey(of: event, function),
            priority: function.hasPriority ? Int64(max(-43_200, min(event.priority, 43_200))) : 0)
    }

    private mutating func queue(_ key: Int64, _ function: DeclaredFunction, _ event: SentEvent) {
        var run = Run(
            key: key, function: function.number, keys: keys(of: event, function), events: [event],
            action: Action(kind: .start, due: now + event.delay.count))
        if let hold = hold(of: event, function) {
            run.hold = hold
            run.action = Action(kind: .hold, due: now + span(of: hold, function))
            runs.append(run)
        } else {
            runs.append(run)
            begin(key, function, due: run.action.due)
        }
    }

    /// From here on a run is watched, and is the one of its singleton.
    mutating func begin(_ key: Int64, _ function: DeclaredFunction, due: Int64, isOfBatch: Bool = false) {
        guard let run = run(key) else { return }
        for old in runs
        where old.key != key && old.function == run.function && old.hold == nil && run.keys.singleton != nil
            && old.keys.singleton == run.keys.singleton
        {
            end(old.key, .cancelled)
        }
        change(key) { [now, misreading] in
            $0.hold = nil
            $0.action = Action(kind: .start, due: due)
            guard !isOfBatch else { return }
            $0.startDeadline = function.startTimeoutSeconds.map { due + $0 * 1_000 }
            if misreading == .finishFromQueue {
                $0.finishDeadline = function.finishTimeoutSeconds.map { due + $0 * 1_000 }
            }
            guard let cancel = function.cancel else { return }
            $0.listener = Listener(
                k: cancel.matchesKey ? $0.events.last?.k : nil, until: cancel.timeoutSeconds.map { now + $0 * 1_000 })
        }
    }

    // MARK: - Answers

    mutating func answer(_ generation: Int64, _ answer: Move.Answer, retryDelay: Int64) {
        guard let index = calls.firstIndex(where: { $0.generation == generation }) else { return }
        let call = calls.remove(at: index)
        if answer == .refuse {
            refuse(call)
        } else {
            refusal = nil
            guard let key = call.run else { return }
            change(key) {
                $0.isRunning = true
                $0.startDeadline = nil
                $0.patience = nil
                $0.action.call = nil
            }
            goOn(key, answer, retryDelay: retryDelay)
        }
    }

    private mutating func goOn(_ key: Int64, _ answer: Move.Answer, retryDelay: Int64) {
        guard let run = run(key), let function = functions[run.function] else { return }
        switch answer {
        case .complete: end(key, .completed)
        case .step: change(key) { [now] in $0.action = Action(kind: .laterCall, due: now) }
        case .sleep(let span): change(key) { [now] in $0.action = Action(kind: .sleep, due: now + span.count) }
        case .failForGood: end(key, .failed)
        case .fail:
            guard run.action.attempt + 1 < function.attempts else { return end(key, .failed) }
            change(key) { [now] in
                $0.action.attempt += 1
                $0.action.due = now + retryDelay
                $0.action.isAdmitted = true
            }
        case .refuse: break
        }
    }

    /// The call was not made after all: it goes back to its place in line. The next try comes after a time that doubles.
    private mutating func refuse(_ call: Call) {
        if refusal == nil || refusal?.trial == call.generation {
            let delay = refusal.map { min($0.delay * 2, 5_000) } ?? 100
            refusal = Refusal(delay: delay, closedUntil: now + delay)
        }
        guard let key = call.run else { return }
        change(key) {
            $0.action.call = nil
            if $0.action.kind == .start, !$0.isRunning { $0.finishDeadline = nil }
        }
    }
}

extension Key.Value {
    /// The value by which a limit goes; all failures share one.
    var limitText: String? {
        switch self {
        case .absent: nil
        case .text(let text): text
        case .isFalse: "false"
        case .failed: "<invalid>"
        }
    }
}
