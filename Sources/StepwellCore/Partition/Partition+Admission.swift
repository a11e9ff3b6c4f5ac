import StepwellModel

/// What a rate limit's state is found by.
struct RateLimitKey: Hashable {
    var functionKey: FunctionKey
    var keyHash: UInt64
}

/// What a singleton's run is found by.
struct SingletonKey: Hashable {
    var functionKey: FunctionKey
    var keyHash: UInt64
}

/// Whether an event starts a run at all: rate limits and singletons.
extension Partition {
    // MARK: - Rate limits

    /// Whether the rate limit allows one more start, which is then used up.
    func passesRateLimit(_ start: Start, of function: FunctionPlan) -> Bool {
        guard let rate = function.flow.rateLimit?.rate, let hash = start.rateLimitHash else { return true }
        forgetRateLimits()
        let key = RateLimitKey(functionKey: function.key, keyHash: hash)
        let nowMicroseconds = now.engine.milliseconds * 1_000
        let arrival = rateLimits[key] ?? 0
        guard rate.allowedMicroseconds(after: arrival) <= nowMicroseconds else { return false }
        let next = rate.arrivalMicroseconds(after: arrival, now: nowMicroseconds)
        keepRateLimit(key, arrivalMicroseconds: next)
        writes.append(
            .putRateLimit(RateLimitRow(functionKey: function.key, keyHash: hash, arrivalMicroseconds: next)))
        return true
    }

    func keepRateLimit(_ key: RateLimitKey, arrivalMicroseconds: Int64) {
        rateLimits[key] = arrivalMicroseconds
        rateLimitExpiries.insert(key, due: Timestamp(milliseconds: (arrivalMicroseconds + 999) / 1_000))
    }

    /// Forgets limits that nobody has come near to for as long as they last: two with each that is used, so that no event
    /// pays for many and the number of those that are kept does not grow.
    private func forgetRateLimits() {
        for _ in 0..<2 {
            guard let entry = rateLimitExpiries.popDue(at: now.engine) else { return }
            guard let arrival = rateLimits[entry.subject], arrival <= now.engine.milliseconds * 1_000 else { continue }
            rateLimits[entry.subject] = nil
            writes.append(
                .deleteRateLimit(functionKey: entry.subject.functionKey, keyHash: entry.subject.keyHash))
        }
    }

    /// Tells a run that invoked a function that there will be no run of it.
    func refuseInvocation(by event: EventRow, _ message: String) {
        guard let correlationID = correlationID(of: event) else { return }
        emit(
            InternalEvent.finished, id: nil,
            data: InternalEvent.refusal(message, correlationID: correlationID))
    }

    // MARK: - Singletons

    func singletonKey(of function: FunctionKey, _ limits: LimitHashes) -> SingletonKey? {
        limits.singleton == 0 ? nil : SingletonKey(functionKey: function, keyHash: limits.singleton)
    }

    /// The unfinished run in whose favour a new one is skipped.
    func singletonInTheWay(of keys: LimitKeys, _ function: FunctionPlan) -> RunKey? {
        guard function.flow.singleton?.mode == .skip else { return nil }
        return singletonKey(of: function.key, LimitHashes(keys)).flatMap { singletons[$0] }
    }

    /// A new run takes the place of an unfinished one, which is cancelled.
    ///
    /// The store has both until the old one has been read and ended; should the process end before, the next one sees two
    /// and ends the older.
    func takeSingleton(_ key: SingletonKey, for run: RunKey) {
        let before = singletons.updateValue(run, forKey: key)
        if let before, let slot = runSlots[before] { arrive(.cancel(nil), at: slot) }
    }

    func freeSingleton(of run: RunEntry) {
        guard let key = singletonKey(of: run.functionKey, run.limits), singletons[key] == run.key else { return }
        singletons[key] = nil
    }
}
