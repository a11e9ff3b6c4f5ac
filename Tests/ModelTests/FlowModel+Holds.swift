import StepwellModel

/// Debounces and batches.
extension FlowModel {
    /// What holds back the run that an event would start; nil when it may start at once.
    func hold(of event: SentEvent, _ function: DeclaredFunction) -> Hold? {
        let time = now + event.delay.count
        if let batch = function.batch, !(batch.excludesB && event.k == "b") {
            return Hold(isBatch: true, key: batch.key.value(for: event).limitText, startTime: time)
        }
        return function.debounce.map {
            Hold(
                isBatch: false, key: $0.key.value(for: event).limitText, startTime: time,
                deadline: $0.timeoutSeconds.map { now + $0 * 1_000 })
        }
    }

    /// How long a hold lasts when nothing follows.
    func span(of hold: Hold, _ function: DeclaredFunction) -> Int64 {
        if hold.isBatch { return (function.batch?.timeoutSeconds ?? 0) * 1_000 }
        let period = function.debounce?.periodSeconds ?? 0
        return min(period, function.debounce?.timeoutSeconds ?? period) * 1_000
    }

    /// Whether there is an open hold that takes the event in.
    mutating func join(_ hold: Hold, _ event: SentEvent, _ function: DeclaredFunction) -> Bool {
        guard
            let run = runs.first(where: {
                $0.function == function.number && $0.hold?.isBatch == hold.isBatch && $0.hold?.key == hold.key
                    && $0.hold != nil
            }), let open = run.hold
        else { return false }
        // Out of order: ignored.
        if !hold.isBatch && hold.startTime < open.startTime { return true }
        let keys = keys(of: event, function)
        let due = now + (function.debounce?.periodSeconds ?? 0) * 1_000
        change(run.key) { [misreading] in
            $0.hold?.eventCount += 1
            if hold.isBatch {
                $0.events.append(event)
            } else {
                $0.events = [event]
                $0.hold?.startTime = hold.startTime
                $0.keys = keys
                if misreading != .debounceFromFirst { $0.action.due = min(due, open.deadline ?? due) }
            }
        }
        if hold.isBatch, run.events.count + 1 >= (function.batch?.sizeMax ?? 0) + (misreading == .batchSize ? 1 : 0) {
            letGo(run.key)
        }
        return true
    }

    /// Lets go of what has been held back long enough. Where several are due at one time, what became of them says in
    /// which order the engine took them: a run that another one cancels came before it, one that is skipped after it.
    ///
    /// - Parameter before: The runs that there were when this time came: one that ends now may still be in the way.
    mutating func letGo(_ ended: [Int64: End], _ before: [Run]) {
        let due = runs.filter { $0.hold != nil && $0.action.due <= now }
        let place: [End?: Int] = [.cancelled: 0, nil: 1, .skipped: 2]
        for run in due.sorted(by: { (place[ended[$0.key]] ?? 1, $0.key) < (place[ended[$1.key]] ?? 1, $1.key) }) {
            guard ended[run.key] == .skipped, let function = functions[run.function],
                isInTheWay(function, run.keys.singleton, of: before)
            else {
                letGo(run.key)
                continue
            }
            end(run.key, .skipped)
        }
    }

    private mutating func letGo(_ key: Int64) {
        guard let held = run(key), let hold = held.hold, let function = functions[held.function],
            let first = held.events.first
        else { return }
        // The function may have changed since the event came.
        change(key) { [self] in $0.keys = keys(of: first, function) }
        guard let run = run(key) else { return }
        if isInTheWay(function, run.keys.singleton, of: runs) { return end(key, .skipped) }
        begin(key, function, due: max(hold.startTime, now), isOfBatch: hold.isBatch)
    }
}
