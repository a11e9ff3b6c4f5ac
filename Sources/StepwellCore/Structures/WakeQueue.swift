import StepwellModel

/// Sleeps and waits that are over, of runs that are to be read. Functions take turns, so that a run of one does not wait for
/// the mass of another.
struct WakeQueue {
    private var queues: [FunctionKey: Queue<JobReference>] = [:]
    private var turns = Queue<FunctionKey>()

    var isEmpty: Bool { turns.isEmpty }

    mutating func append(_ job: JobReference, of function: FunctionKey) {
        if queues[function] == nil { turns.append(function) }
        queues[function, default: Queue()].append(job)
    }

    mutating func popFirst() -> JobReference? {
        guard let function = turns.popFirst(), let job = queues[function]?.popFirst() else { return nil }
        if queues[function]?.isEmpty == true { queues[function] = nil } else { turns.append(function) }
        return job
    }

    /// In no order.
    func forEach(_ body: (JobReference) -> Void) {
        for queue in queues.values { queue.forEach(body) }
    }
}
