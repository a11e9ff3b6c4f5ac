import StepwellModel

/// What a gate stands for.
enum GateKey: Hashable {
    /// Calls in flight to one app.
    case app(AppKey)
    /// Requests of the server's own in flight.
    case gateway
    /// Calls in flight of one function, for one value of a concurrency rule's key (0 for a rule without key).
    case concurrency(FunctionKey, rule: UInt8, hash: UInt64)
    /// Calls in flight of all functions that share a limit, for one value of its key.
    case shared(ConcurrencyRule.Scope, hash: UInt64)
    /// Begun and unfinished runs of one function, for one value of the key of its limit on whole runs.
    case run(FunctionKey, hash: UInt64)
    /// Starts of one function, for one value of the throttle's key.
    case throttle(FunctionKey, hash: UInt64)
    /// Every call of one function, while an operator has paused it.
    case pause(FunctionKey)

    /// Its slots are held by calls, each until it is answered.
    var isHeldByCalls: Bool {
        switch self {
        case .app, .gateway, .concurrency, .shared: true
        case .run, .throttle, .pause: false
        }
    }
}

/// A place where lanes wait until there is room: for a slot, or for a time.
///
/// Which slots are taken is said by the live dispatches alone, or for a limit on whole runs by the runs that have begun:
/// `holders` is changed only where one of them is added to or taken from its table, and the checker compares both.
final class Gate {
    let key: GateKey
    /// Generations of dispatches, or keys of runs.
    var holders: Set<Int64> = []
    /// Lanes that found it closed, first come first.
    private var waiting = Queue<Waiter>()
    /// No lane that waits has a higher limit.
    private var limitMax = 0
    /// Closed until this time; nil when only the limit counts.
    var closedUntil: Timestamp?
    /// Of an app that refused a connection: one call at a time finds out whether it is back.
    var probe: Probe?
    /// Of a throttle: theoretical arrival time of the generic cell rate algorithm.
    var arrivalMicroseconds: Int64 = 0
    /// Of a throttle that is open: when a timer looks whether it can be forgotten.
    var expiresAt: Timestamp?

    struct Probe {
        /// How long the next trial waits: doubled with each refusal.
        var delay: Milliseconds
        /// The trial that is under way.
        var generation: Int64?
        /// When a trial that is still under way shows that the worker is back.
        var provenAt: Timestamp?
    }

    /// A lane in line, with how many may hold the gate at once in the lane's own function: they may differ where a limit is
    /// shared.
    struct Waiter {
        var lane: Lane
        var limit: Int
    }

    init(key: GateKey) { self.key = key }

    func hasRoom(at now: Timestamp, limit: Int) -> Bool {
        if let closedUntil, now < closedUntil { return false }
        if let probe { return probe.generation == nil }
        return holders.count < limit
    }

    // MARK: - The line

    var isWaitedFor: Bool { !waiting.isEmpty }

    func wait(_ lane: Lane, limit: Int) {
        waiting.append(Waiter(lane: lane, limit: limit))
        limitMax = max(limitMax, limit)
    }

    /// Takes the first lane out of the line that has room now.
    func popWaiter(at now: Timestamp) -> Lane? {
        guard hasRoom(at: now, limit: limitMax) else { return nil }
        let waiter = waiting.popFirst { hasRoom(at: now, limit: $0.limit) }
        if waiting.isEmpty { limitMax = 0 }
        return waiter?.lane
    }

    /// Takes all lanes out of the line.
    func popAllWaiters() -> [Lane] {
        var lanes: [Lane] = []
        while let waiter = waiting.popFirst() { lanes.append(waiter.lane) }
        limitMax = 0
        return lanes
    }

    func forEachWaiter(_ body: (Waiter) -> Void) { waiting.forEach(body) }

    /// Nothing refers to the gate and it remembers nothing.
    var isIdle: Bool {
        holders.isEmpty && !isWaitedFor && closedUntil == nil && probe == nil && arrivalMicroseconds == 0
    }
}
