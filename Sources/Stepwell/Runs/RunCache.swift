import Synchronization

/// The copies of runs that this process keeps parked between calls, so that a call need not replay its run.
///
/// Bounded by count, by bytes and by age; the one used longest ago goes first, but none that has a call in hand: its step
/// would run a second time beside itself if the call came again. A run without a copy is replayed, so nothing else
/// depends on what is in here but time.
final class RunCache: Sendable {
    /// The bounds.
    struct Limits: Sendable {
        var countMax = 10_000
        var byteCountMax = 256 * 1_024 * 1_024
        var ageMax: Duration = .seconds(600)
    }

    private struct Place {
        let session: RunSession
        /// Copies given up for a newer one while a step of theirs was under way, which may be asked for again.
        var earlier: [RunSession] = []
        var byteCount = 0
        /// The number of its last use.
        var use: UInt64 = 0

        var isBusy: Bool { session.isBusy || earlier.contains(where: \.isBusy) }
    }

    private struct State {
        var places: [String: Place] = [:]
        /// Uses in their order; those that are not a place's last count for nothing.
        var uses: [(run: String, use: UInt64, time: ContinuousClock.Instant)] = []
        var usesStart = 0
        var useLast: UInt64 = 0
        var byteCount = 0
        var isSweeping = false
    }

    private let limits: Limits
    private let clock: RunClock
    private let state = Mutex(State())

    init(limits: Limits = Limits(), clock: RunClock = .continuous) {
        self.limits = limits
        self.clock = clock
    }

    /// The copy that serves `call`: the parked one if it stands where the call's run stands, else a new one, to be started.
    func session(
        for call: RunCall, _ reply: Reply, make: () -> RunSession
    ) -> (session: RunSession, isNew: Bool) {
        var stale: RunSession?
        let found = state.withLock { state -> (RunSession, Bool) in
            var earlier: [RunSession] = []
            if let place = state.places[call.runID] {
                if let session = place.earlier.first(where: { $0.join(call, reply) }) { return (session, false) }
                if place.session.admit(call, reply) {
                    use(place.session, place.byteCount, &state)
                    return (place.session, false)
                }
                stale = place.session
                earlier = (place.earlier + [place.session]).filter(\.isBusy)
            }
            let session = make()
            _ = session.admit(call, reply)
            state.byteCount -= state.places[call.runID]?.byteCount ?? 0
            state.places[call.runID] = Place(session: session, earlier: earlier)
            use(session, session.byteCount, &state)
            return (session, true)
        }
        stale?.retire()
        return found
    }

    /// Keeps the copy for the next call, and makes room for it.
    func keep(_ session: RunSession) {
        let isUsable = session.isUsable || session.isBusy
        let byteCount = session.byteCount
        let evicted = state.withLock { state -> [RunSession] in
            guard state.places[session.runID]?.session === session else {
                state.places[session.runID]?.earlier.removeAll { !$0.isBusy }
                return []
            }
            guard isUsable else {
                state.byteCount -= state.places.removeValue(forKey: session.runID)?.byteCount ?? 0
                return []
            }
            use(session, byteCount, &state)
            return evict(&state)
        }
        evicted.forEach { $0.retire() }
        sweepLater()
    }

    /// Gives up every copy.
    func removeAll() {
        let sessions = state.withLock { state in
            defer { state = State(isSweeping: state.isSweeping) }
            return state.places.values.map(\.session)
        }
        sessions.forEach { $0.retire() }
    }

    var count: Int { state.withLock { $0.places.count } }
    var useCount: Int { state.withLock { $0.uses.count } }

    /// Notes that the copy in its place is used now.
    private func use(_ session: RunSession, _ byteCount: Int, _ state: inout State) {
        state.useLast += 1
        state.byteCount += byteCount - (state.places[session.runID]?.byteCount ?? 0)
        state.places[session.runID]?.byteCount = byteCount
        state.places[session.runID]?.use = state.useLast
        state.uses.append((session.runID, state.useLast, clock.now()))
    }

    private func evict(_ state: inout State) -> [RunSession] {
        var evicted: [RunSession] = []
        let oldest = clock.now() - limits.ageMax
        // Each use that is there now is looked at once; those of copies with a call in hand are put behind them.
        let end = state.uses.count
        while state.usesStart < end {
            let (run, use, time) = state.uses[state.usesStart]
            let isLastUse = state.places[run]?.use == use
            let isOver = state.places.count > limits.countMax || state.byteCount > limits.byteCountMax || time < oldest
            guard isOver || !isLastUse else { break }
            state.usesStart += 1
            guard isLastUse, let place = state.places[run] else { continue }
            guard !place.isBusy else {
                self.use(place.session, place.byteCount, &state)
                continue
            }
            state.places[run] = nil
            state.byteCount -= place.byteCount
            evicted.append(place.session)
        }
        Self.compact(&state)
        return evicted
    }

    /// Forgets uses that count for nothing, once they are the most.
    private static func compact(_ state: inout State) {
        guard state.uses.count > 1_024 + 2 * state.places.count else { return }
        let places = state.places
        state.uses = state.uses[state.usesStart...].filter { places[$0.run]?.use == $0.use }
        state.usesStart = 0
    }

    /// Looks for copies that are too old, for as long as there are any copies: an idle worker does nothing.
    private func sweepLater() {
        let isFirst = state.withLock { state in
            guard !state.places.isEmpty, !state.isSweeping else { return false }
            state.isSweeping = true
            return true
        }
        guard isFirst else { return }
        Task.detached { [weak self, clock, ageMax = limits.ageMax] in
            try? await clock.sleep(ageMax)
            self?.sweep()
        }
    }

    private func sweep() {
        let evicted = state.withLock { state in
            state.isSweeping = false
            return evict(&state)
        }
        evicted.forEach { $0.retire() }
        sweepLater()
    }
}
