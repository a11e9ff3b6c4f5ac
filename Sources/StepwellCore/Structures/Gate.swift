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

    /// Functions take turns there, whatever number of lanes they have: no function has asked to share it with others.
    var hasTurnsOfFunctions: Bool {
        switch self {
        case .app, .gateway: true
        case .concurrency, .shared, .run, .throttle, .pause: false
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
    /// Lanes that found it closed.
    private var line = GateLine()
    /// The same, where functions take turns; one of the two is empty.
    private var functions = FunctionLine()
    private let hasTurnsOfFunctions: Bool
    /// Of all who wait there.
    private var sharedLimit = 0
    /// The lane for which all room is kept, by its number.
    var reservedFor: UInt64?
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

    init(key: GateKey) {
        self.key = key
        hasTurnsOfFunctions = key.hasTurnsOfFunctions
    }

    func hasRoom(at now: Timestamp, limit: Int) -> Bool {
        if let closedUntil, now < closedUntil { return false }
        if let probe, probe.generation != nil { return false }
        return holders.count < limit
    }

    /// Whether a lane of a function that allows `limit` may go through.
    func admits(_ lane: Lane, at now: Timestamp, limit: Int) -> Bool {
        (reservedFor == nil || reservedFor == lane.number) && hasRoom(at: now, limit: limit)
    }

    // MARK: - The line

    var isWaitedFor: Bool { !line.isEmpty || !functions.isEmpty }

    /// - Parameter isFirst: It goes before all who wait already.
    func wait(_ lane: Lane, limit: Int, isFirst: Bool) {
        guard hasTurnsOfFunctions else { return line.append(lane, limit: limit, isFirst: isFirst) }
        sharedLimit = limit
        functions.append(lane, isFirst: isFirst)
    }

    /// Takes the first lane out of the line that has room now, and says which one it has overtaken.
    func popWaiter(at now: Timestamp) -> (lane: Lane, overtaken: Lane?)? {
        guard hasTurnsOfFunctions else { return line.popFirst { admits($0, at: now, limit: $1) } }
        return functions.popFirst { admits($0, at: now, limit: sharedLimit) }.map { ($0, nil) }
    }

    /// A lane of the function goes through.
    func served(_ function: FunctionKey) {
        if hasTurnsOfFunctions { functions.served(function) }
    }

    /// Takes all lanes out of the line.
    func popAllWaiters() -> [Lane] { line.removeAll() + functions.removeAll() }

    func forEachWaiter(_ body: (_ lane: Lane, _ limit: Int) -> Void) {
        line.forEach(body)
        functions.forEach { body($0, sharedLimit) }
    }

    /// Nothing refers to the gate and it remembers nothing.
    var isIdle: Bool {
        holders.isEmpty && !isWaitedFor && closedUntil == nil && probe == nil && arrivalMicroseconds == 0
            && reservedFor == nil
    }
}
