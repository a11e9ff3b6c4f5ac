import StepwellModel

/// Jobs that need the same room: of one function, with the same values of its limit keys.
struct LaneKey: Hashable {
    var functionKey: FunctionKey
    var concurrencyHashes: PairOfHashes
    var throttleHash: UInt64
    /// Starts that have not passed the throttle wait apart, so that they hold up no run that is under way.
    var isThrottled: Bool
}

struct PairOfHashes: Hashable {
    var first: UInt64
    var second: UInt64
}

/// Calls that are due, first come first. Lanes take turns, so none starves another.
final class Lane {
    let key: LaneKey
    /// Grows with every lane that is made.
    let number: UInt64
    var jobs = Queue<JobReference>()
    var state = State.idle
    /// The gate whose room woke the lane: when the lane cannot use it, the next in line must get the chance.
    var wokenBy: Gate?

    init(key: LaneKey, number: UInt64) {
        self.key = key
        self.number = number
    }

    enum State: Equatable {
        /// In no queue. Can transition to ready.
        case idle
        /// In line for its turn. Can transition to idle, parked.
        case ready
        /// In the line of a gate. Can transition to ready.
        case parked
    }
}
