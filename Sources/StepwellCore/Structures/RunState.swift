import StepwellModel

/// An unfinished run, as it always stands in memory. What it is about is in its state, which may be loaded or not.
struct RunEntry {
    let key: RunKey
    let functionKey: FunctionKey
    /// -1 for none, which no unfinished run has for longer than one transition.
    var firstJob: Int32 = -1
    var limits: LimitHashes
    /// It holds a slot of its function's limit on whole runs.
    var holdsRunSlot = false
    /// Its function's keys have changed, and its own are still to be evaluated again: none of its calls is made until then.
    var hasOldKeys = false
    var state: RunState?
    /// A load is under way, and what arrives for the run waits.
    var isLoading = false
}

/// The part of a run that can be forgotten and read again: its event, its results, its jobs' details.
final class RunState {
    var run: RunRow
    /// What starts the run; of a batch the first.
    private(set) var event: EventRow
    /// Those of a batch beside the first, in order.
    private(set) var otherEvents: [EventRow] = []
    /// What the events cost in memory.
    private var eventBytes: Int
    var steps: [StepMemo]
    var stepIDs: Set<String>
    var details: [JobKey: JobDetail]
    /// Set when the run repeats another one.
    var rerun: RerunRow?
    /// The events that ended waits before a restart.
    var matches: [JobKey: EventRow] = [:]
    /// What is to run once this run has ended.
    var defers: [DeferRow] = []
    var metadata = MetadataTally()
    /// Of all memos.
    var stateBytes: Int
    /// The batch that last changed it: it stays in memory until that one is durable.
    var changedInBatch: Int64 = 0
    /// How many dispatches refer to it.
    var dispatches = 0
    /// What the cache has counted for it.
    var accountedBytes = 0
    /// Whether it was used since it last came up for eviction.
    var isUsed = false
    /// Whether an entry of the eviction queue stands for it.
    var isListed = false

    init(run: RunRow, event: EventRow, steps: [StepMemo], details: [JobKey: JobDetail]) {
        self.run = run
        self.event = event
        eventBytes = Self.bytes(of: event)
        self.steps = steps
        self.details = details
        stepIDs = Set(steps.map(\.id))
        stateBytes = steps.reduce(0) { $0 + $1.memo.count }
    }

    convenience init(_ loaded: LoadedRun) {
        self.init(
            run: loaded.run, event: loaded.event, steps: loaded.steps.map { StepMemo(id: $0.id, memo: $0.memo) },
            details: loaded.jobs)
        for event in loaded.otherEvents { add(event) }
        matches = loaded.matches
        defers = loaded.defers
        metadata = loaded.metadata
        rerun = loaded.rerun
    }

    /// Takes an event into the run's batch.
    func add(_ event: EventRow) {
        otherEvents.append(event)
        eventBytes += Self.bytes(of: event)
    }

    /// Another event starts the run.
    func replace(_ event: EventRow) {
        eventBytes += Self.bytes(of: event) - Self.bytes(of: self.event)
        self.event = event
    }

    private static func bytes(of event: EventRow) -> Int { event.payload.count + 160 }

    /// In order; never empty.
    var eventPayloads: [RawJSON] { [event.payload] + otherEvents.map(\.payload) }

    /// What it costs in memory, roughly: bytes.
    var footprint: Int {
        let input = rerun?.input?.count ?? 0
        let deferred = defers.reduce(0) { $0 + ($1.input?.count ?? 0) + ($1.note?.count ?? 0) + 160 }
        return 1_024 + eventBytes + deferred + 80 * metadata.spans.count + input + stateBytes + 160 * steps.count + 200
            * details.count
    }
}
