/// What a limit is found by.
enum LimitName: Hashable {
    case app
    case rule(function: Int, place: Int, value: String?)
    case shared(DeclaredFunction.Scope, value: String?)
}

/// A limit that has no room, in the words of an explanation.
enum Closed: Hashable {
    case app(inUse: Int)
    case unreachable(trialAt: Int64?)
    case rule(place: Int, limit: Int, inUse: Int)
    case run(limit: Int, inUse: Int)
    case throttle(until: Int64)
}

/// Which calls may be made.
extension FlowModel {
    /// All calls that are due and not made.
    var waiting: [Run] {
        runs.filter {
            ($0.action.kind == .start || $0.action.kind == .laterCall) && $0.action.call == nil && $0.action.due <= now
        }
    }

    // MARK: - Room

    /// The limits that keep a run's call from being made.
    func closed(for run: Run) -> Set<Closed> {
        guard let function = functions[run.function] else { return [] }
        var closed: Set<Closed> = []
        if let refusal {
            if refusal.trial != nil || refusal.closedUntil.map({ now < $0 }) ?? false {
                closed.insert(.unreachable(trialAt: refusal.closedUntil.flatMap { now < $0 ? $0 : nil }))
            }
        } else if inUse(.app) >= appLimit {
            closed.insert(.app(inUse: inUse(.app)))
        }
        for (place, rule) in function.concurrency.enumerated() {
            let used = inUse(name(of: rule, place, run))
            if used >= rule.limit { closed.insert(.rule(place: place, limit: rule.limit, inUse: used)) }
        }
        if let rule = function.runLimit, run.action.kind == .start, !run.holdsRunSlot {
            let used = runs.filter { $0.function == run.function && $0.keys.run == run.keys.run && holdsSlot($0) }.count
            if used >= rule.limit { closed.insert(.run(limit: rule.limit, inUse: used)) }
        }
        if let limit = throttleLimit(of: run), opening(of: limit) > now {
            closed.insert(.throttle(until: opening(of: limit)))
        }
        return closed
    }

    private func holdsSlot(_ run: Run) -> Bool {
        run.holdsRunSlot && !(misreading == .runSlotWhileAsleep && run.action.kind == .sleep)
    }

    func name(of rule: DeclaredFunction.Rule, _ place: Int, _ run: Run) -> LimitName {
        let value = place < run.keys.concurrency.count ? run.keys.concurrency[place] : nil
        guard rule.scope != .function, misreading != .scope else {
            return .rule(function: run.function, place: place, value: value)
        }
        return .shared(rule.scope, value: value)
    }

    func inUse(_ name: LimitName) -> Int {
        let called = calls.filter { $0.holds.contains(name) }.count
        guard misreading == .slotWhileAsleep, case .rule(let function, let place, let value) = name else {
            return called
        }
        return called
            + runs.filter {
                $0.function == function && $0.action.kind == .sleep && $0.keys.concurrency.indices.contains(place)
                    && $0.keys.concurrency[place] == value
            }.count
    }

    // MARK: - Throttles and rate limits

    /// A throttle on the way of one run's start.
    struct ThrottleLimit {
        var function: Int
        var key: String?
        var throttle: DeclaredFunction.Throttle
    }

    func throttleLimit(of run: Run) -> ThrottleLimit? {
        guard run.action.kind == .start, !run.action.isAdmitted, let throttle = functions[run.function]?.throttle else {
            return nil
        }
        return ThrottleLimit(function: run.function, key: run.keys.throttle, throttle: throttle)
    }

    /// When the next start may come: limit + burst at once, then one each emission.
    func opening(of limit: ThrottleLimit) -> Int64 {
        let emission = Self.emission(limit.throttle.limit, limit.throttle.periodSeconds)
        let atOnce = limit.throttle.limit + limit.throttle.burst + (misreading == .throttleBurst ? 1 : 0)
        return opening(throttled.filter { $0.function == limit.function && $0.key == limit.key }, emission, atOnce)
    }

    /// Whether a rate limit lets an event through: limit / 10 + 1 at once, then one each emission.
    func isAccepted(_ function: DeclaredFunction, _ rate: DeclaredFunction.RateLimit, _ key: String?) -> Bool {
        let emission = Self.emission(rate.limit, rate.periodSeconds)
        let atOnce = misreading == .rateLimitWindow ? rate.limit : rate.limit / 10 + 1
        return opening(accepted.filter { $0.function == function.number && $0.key == key }, emission, atOnce) <= now
    }

    static func emission(_ limit: Int64, _ periodSeconds: Int64) -> Int64 { periodSeconds * 1_000_000 / limit }

    /// The generic cell rate algorithm over all that have passed, in milliseconds, rounded up.
    private func opening(_ passings: [Passing], _ emission: Int64, _ atOnce: Int64) -> Int64 {
        let arrival = passings.reduce(0) { max($0, $1.time * 1_000) + $1.emission }
        return (arrival - (atOnce - 1) * emission + 999) / 1_000
    }

    // MARK: - Order

    /// Calls that need the same room stand in one line: of one function, with the same values of its keys.
    struct Line: Hashable {
        var function: Int
        var concurrency: [String?]
        /// Starts that have to pass a throttle wait apart, and so do those whose run needs a slot.
        var throttle: String??
        var run: String??
    }

    func line(of run: Run) -> Line {
        var keys = run.keys.concurrency
        while let last = keys.last, last == nil { keys.removeLast() }
        var line = Line(function: run.function, concurrency: keys)
        if throttleLimit(of: run) != nil { line.throttle = .some(run.keys.throttle) }
        if functions[run.function]?.runLimit != nil, run.action.kind == .start, !run.holdsRunSlot {
            line.run = .some(run.keys.run)
        }
        return line
    }

    /// Whether `one` must go before `other`, when both wait in one line.
    func precedes(_ one: Run, _ other: Run) -> Bool {
        // It is being read while others go.
        if one.isCold && one.action.due == now { return false }
        let isStart = (one.action.kind == .start, other.action.kind == .start)
        if isStart.0 != isStart.1 { return isStart.1 }
        if isStart.0 { return rank(one) < rank(other) }
        return one.action.due < other.action.due
    }

    /// When a start is due, earlier by its priority unless it has been tried.
    private func rank(_ run: Run) -> Int64 {
        guard functions[run.function]?.hasPriority == true, run.action.attempt == 0, misreading != .priority else {
            return run.action.due
        }
        return run.action.due - run.keys.priority * 1_000
    }

    // MARK: - The engine's choice

    /// The engine has decided to make a call.
    mutating func call(_ key: Int64, _ generation: Int64) {
        guard let run = run(key), let function = functions[run.function] else {
            return complaints.append("run \(key) is called and does not exist, or has ended")
        }
        guard waiting.contains(where: { $0.key == key }) else {
            return complaints.append("run \(key) is called although it sleeps, is being called, or is not due")
        }
        let closed = closed(for: run)
        if !closed.isEmpty { complaints.append("run \(key) is called although there is no room: \(closed)") }
        for other in waiting where line(of: other) == line(of: run) && precedes(other, run) {
            complaints.append(
                "run \(key) is called before run \(other.key), which is before it in line: \(run.action) after \(other.action)"
            )
        }
        if let limit = throttleLimit(of: run) {
            throttled.append(
                Passing(
                    function: run.function, key: limit.key, time: now,
                    emission: Self.emission(limit.throttle.limit, limit.throttle.periodSeconds)))
        }
        calls.append(Call(generation: generation, run: key, holds: names(of: run, function), startedAt: now))
        if refusal != nil {
            refusal?.trial = generation
            refusal?.provenAt = now + 1_000
            refusal?.closedUntil = nil
        }
        change(key) { [now] in
            $0.action.call = generation
            guard $0.action.kind == .start else { return }
            if function.throttle != nil { $0.action.isAdmitted = true }
            if function.runLimit != nil { $0.holdsRunSlot = true }
            if $0.finishDeadline == nil { $0.finishDeadline = function.finishTimeoutSeconds.map { now + $0 * 1_000 } }
        }
    }

    /// Whatever could be done must have been done.
    mutating func complainOfIdleness() {
        for run in waiting where closed(for: run).isEmpty {
            complaints.append("run \(run.key) is not called although there is room")
        }
    }
}

extension FlowModel {
    /// Whether two calls need room of one limit, so that one of them can keep the other waiting.
    func competes(_ one: Run, with other: Run) -> Bool {
        guard let function = functions[one.function], let others = functions[other.function] else { return false }
        return !Set(names(of: one, function)).isDisjoint(with: names(of: other, others))
    }
}
