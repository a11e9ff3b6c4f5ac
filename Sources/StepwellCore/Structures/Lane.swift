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

/// Calls of runs that are under way, first come first; after them starts, by rank: what has begun comes to its end before
/// more is begun.
struct LaneQueue {
    private var line = Queue<JobReference>()
    private var starts = PriorityHeap<JobReference>()

    var isEmpty: Bool { line.isEmpty && starts.isEmpty }
    var first: JobReference? { line.first ?? starts.first }
    var count: Int { line.count + starts.count }

    mutating func append(_ job: JobReference) { line.append(job) }
    mutating func prepend(_ job: JobReference) { line.prepend(job) }

    /// - Parameters:
    ///   - rank: Lower goes first.
    ///   - key: Decides among equals: the older first.
    mutating func insert(_ job: JobReference, rank: Int64, key: JobKey) {
        starts.insert(job, rank: rank, number: key.value)
    }

    mutating func popFirst() {
        if line.isEmpty { starts.popFirst() } else { line.popFirst() }
    }

    /// Calls `body` with the jobs before this one, until it returns false.
    ///
    /// - Parameter rank: Of a start; nil for every other call.
    func forEach(before job: JobReference, rank: Int64?, key: JobKey, _ body: (JobReference) -> Bool) {
        var goesOn = true
        line.forEach(while: { other in
            goesOn = other != job && body(other)
            return goesOn
        })
        guard goesOn, let rank else { return }
        starts.forEach(before: rank, number: key.value, body)
    }

    func forEach(_ body: (JobReference) -> Void) {
        line.forEach(body)
        starts.forEach(body)
    }

    mutating func removeAll(where isGone: (JobReference) -> Bool) {
        line.removeAll(where: isGone)
        starts.removeAll(where: isGone)
    }
}
