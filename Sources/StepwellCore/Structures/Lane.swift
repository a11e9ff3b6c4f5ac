import StepwellModel

/// Jobs that need the same room: of one function, with the same values of its limit keys.
struct LaneKey: Hashable {
    var functionKey: FunctionKey
    var concurrency1: UInt64
    var concurrency2: UInt64
    /// Starts that have not passed the throttle wait apart, so that they hold up no run that is under way; nil for all else.
    var throttle: UInt64?
    /// As ``throttle``, of starts whose run needs a slot of the limit on whole runs.
    var run: UInt64?
    /// Requests of the server's own wait for no app.
    var isGateway = false
}

/// Calls that are due. Lanes take turns, so none starves another.
final class Lane {
    let key: LaneKey
    /// Grows with every lane that is made.
    let number: UInt64
    var jobs = LaneQueue()
    var state = State.idle
    /// Places of jobs that have ended.
    var staleCount = 0
    /// How often it was its turn and others were served, since it was served itself.
    var passedOver = 0
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

/// Calls of runs that are under way, and after them starts, each by rank: what has begun comes to its end before more is
/// begun.
struct LaneQueue {
    /// Where in a lane a call stands.
    struct Place {
        var isStart: Bool
        /// Lower goes first.
        var rank: Int64
        /// Decides among equals: the older first.
        var key: JobKey
    }

    private var calls = PriorityHeap<JobReference>()
    private var starts = PriorityHeap<JobReference>()

    var isEmpty: Bool { calls.isEmpty && starts.isEmpty }
    var first: JobReference? { calls.first ?? starts.first }
    var count: Int { calls.count + starts.count }

    mutating func insert(_ job: JobReference, at place: Place) {
        if place.isStart {
            starts.insert(job, rank: place.rank, number: place.key.value)
        } else {
            calls.insert(job, rank: place.rank, number: place.key.value)
        }
    }

    mutating func popFirst() {
        if calls.isEmpty { starts.popFirst() } else { calls.popFirst() }
    }

    /// Calls `body` with the jobs before this place, in no order, until it returns false.
    func forEach(before place: Place, _ body: (JobReference) -> Bool) {
        guard place.isStart else { return calls.forEach(before: place.rank, number: place.key.value, body) }
        var goesOn = true
        calls.forEach(before: .max, number: .max) { other in
            goesOn = body(other)
            return goesOn
        }
        if goesOn { starts.forEach(before: place.rank, number: place.key.value, body) }
    }

    func forEach(_ body: (JobReference) -> Void) {
        calls.forEach(body)
        starts.forEach(body)
    }

    mutating func removeAll(where isGone: (JobReference) -> Bool) {
        calls.removeAll(where: isGone)
        starts.removeAll(where: isGone)
    }
}
