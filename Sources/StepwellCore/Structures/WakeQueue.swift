import StepwellModel

/// Sleeps and waits that are over, of runs that are to be read. Lines take turns, so that a run of one function does not wait
/// for the mass of another, nor one that has an event, and with it keeps others from being delivered, for its function's sleepers.
struct WakeQueue {
    struct Line: Hashable {
        var function: FunctionKey
        /// Those that events have ended.
        var hasEvents: Bool
    }

    private var queues: [Line: Queue<JobReference>] = [:]
    private var turns = Queue<Line>()

    var isEmpty: Bool { turns.isEmpty }

    mutating func append(_ job: JobReference, to line: Line) {
        if queues[line] == nil { turns.append(line) }
        queues[line, default: Queue()].append(job)
    }

    mutating func popFirst() -> JobReference? {
        guard let line = turns.popFirst(), let job = queues[line]?.popFirst() else { return nil }
        if queues[line]?.isEmpty == true { queues[line] = nil } else { turns.append(line) }
        return job
    }

    /// In no order.
    func forEach(_ body: (JobReference) -> Void) {
        for queue in queues.values { queue.forEach(body) }
    }
}
