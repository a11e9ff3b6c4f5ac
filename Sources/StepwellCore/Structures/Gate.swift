import StepwellModel

/// What a gate stands for.
enum GateKey: Hashable {
    /// Calls in flight to one app.
    case app(AppKey)
    /// Calls in flight of one function, for one value of a concurrency rule's key (0 for a rule without key).
    case concurrency(FunctionKey, rule: UInt8, hash: UInt64)
    /// Starts of one function, for one value of the throttle's key.
    case throttle(FunctionKey, hash: UInt64)
}

/// A place where lanes wait until there is room: for a slot, or for a time.
///
/// Which slots are taken is said by the live dispatches alone: `holders` is changed only where a dispatch is added to or
/// taken from the table, and the checker compares both.
final class Gate {
    let key: GateKey
    /// How many dispatches may hold it at once.
    var limit: Int
    var holders: Set<Int64> = []
    /// Lanes that found it closed, first come first.
    var waiting = Queue<Lane>()
    /// Closed until this time; nil when only the limit counts.
    var closedUntil: Timestamp?
    /// Of an app that refused a connection: one call at a time finds out whether it is back.
    var probe: Probe?
    /// Of a throttle: theoretical arrival time of the generic cell rate algorithm.
    var arrivalMicroseconds: Int64 = 0

    struct Probe {
        /// How long the next trial waits: doubled with each refusal.
        var delay: Milliseconds
        /// The trial that is under way.
        var generation: Int64?
        /// When a trial that is still under way shows that the worker is back.
        var provenAt: Timestamp?
    }

    init(key: GateKey, limit: Int) {
        self.key = key
        self.limit = limit
    }

    func hasRoom(at now: Timestamp) -> Bool {
        if let closedUntil, now < closedUntil { return false }
        if let probe { return probe.generation == nil }
        return holders.count < limit
    }

    /// Nothing refers to the gate and it remembers nothing.
    var isIdle: Bool {
        holders.isEmpty && waiting.isEmpty && closedUntil == nil && probe == nil && arrivalMicroseconds == 0
    }
}
