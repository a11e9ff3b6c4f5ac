import StepwellExpressions
import StepwellModel

/// The state machine of one partition: inputs in, rows and effects out.
///
/// It has no clock, no chance and does no input or output: time comes with every input, chance from the seed that it is
/// opened with, and what it must read it asks for as a load. The same inputs give the same outputs. Not thread-safe: one
/// thread owns it.
///
/// What it promises after every input (``check()`` asserts it): each run that is not finished has a next action; what a
/// gate holds are the live dispatches that hold it; what is in memory of a run is what the store has, or will have once
/// the batches that are under way are durable.
package final class Partition {
    let number: Int
    let settings: Settings
    var epoch: Int64
    var now: Moment
    var random: RandomSource
    var marks: KeyMarks

    var configuration: Configuration
    var runs = Slab<RunEntry>()
    var runSlots: [RunKey: Int32] = [:]
    var jobs = Slab<Job>()
    var timers = TimerQueue<JobReference>()
    var wallTimers = TimerQueue<JobReference>()
    var gateTimers = TimerQueue<GateKey>()
    /// Entries of both timers whose jobs have moved on.
    var staleTimers = 0
    var pendingWakes = WakeQueue()
    /// The events that have ended those of them that were waits.
    var wakingEvents: [JobReference: EventRow] = [:]
    /// Events whose waits are too many for one turn, by their names, each name's in order.
    var deliveries: [String: NameDeliveries] = [:]
    /// The names of which the next event is in memory.
    var deliveryNames = Queue<String>()
    var namesWithRest: Set<String> = []
    /// Requests whose events are too many for one turn.
    var arriving = Queue<RequestBox>()
    var waits = WaitIndex()
    /// Waits that are looking at what came before them, by job, and which of them are to be read once which batch is durable.
    var lookBacks: [JobKey: LookBackState] = [:]
    /// How many of the loads under way are such looks.
    var lookBackLoads = 0
    var lookBacksDue = Queue<(job: JobReference, number: UInt64, batch: Int64)>()
    var lastLookBack: UInt64 = 0
    var dispatches: [Int64: Dispatch] = [:]
    var lastGeneration: Int64
    var raisesEpoch = false
    var gates: [GateKey: Gate] = [:]
    var lanes: [LaneKey: Lane] = [:]
    var readyLanes = Queue<Lane>()
    var lastLane: UInt64 = 0
    /// The lane whose turn it is.
    var owed: OwedTurn?
    var loads: [UInt64: LoadPurpose] = [:]
    var lastTicket: UInt64 = 0
    var arrivals: [RunKey: [RunArrival]] = [:]
    var unreachable: [AppKey: Unreachable] = [:]
    /// Theoretical arrival times in microseconds of the rate limits that are in use.
    var rateLimits: [RateLimitKey: Int64] = [:]
    var rateLimitExpiries = TimerQueue<RateLimitKey>()
    /// The last tick of each schedule that has fired or was passed over, on the wall clock.
    var crons: [CronKey: Timestamp] = [:]
    var declaredCrons: Set<CronKey> = []
    var cronTimers = TimerQueue<CronKey>()
    /// Work on many runs that is not finished, in the order in which it was begun.
    var bulks: [Bulk] = []
    /// Set while keys of runs are being evaluated again.
    var keyRenewal: KeyRenewal?
    var lastKeyRenewal: UInt64 = 0
    /// What the audit log is to say, by the callers who wait for what they asked for.
    var audits: [ReplyToken: AuditNote] = [:]
    var lastAuditID: ULID?
    /// The functions that are paused or drained.
    var functionStates: [FunctionKey: FunctionStateRow] = [:]
    /// The unfinished run of each singleton.
    var singletons: [SingletonKey: RunKey] = [:]
    /// The open debounces and batches.
    var holds: [HoldKey: Hold] = [:]
    var holdKeys: [JobKey: HoldKey] = [:]
    /// Metadata for runs that have ended, until it is known how much they have.
    var endedMetadata: [RunKey: [(request: MetadataRequest, token: ReplyToken)]] = [:]
    /// Which of these runs are to be read once which batch is durable.
    var endedMetadataDue = Queue<(run: RunKey, batch: Int64)>()
    /// Events that have joined batches whose runs are not in memory, until what they are written with is durable.
    var joinedEvents: [RunKey: [(event: EventRow, position: Int, batch: Int64)]] = [:]
    var joinedEventsDue = Queue<(run: RunKey, batch: Int64)>()
    var recent = RecentIDs()
    var cache: RunCache

    /// The sequence of the batch that is being built.
    var sequence: Int64
    /// All batches up to this one are durable.
    var committedSequence: Int64
    var writes: [Write] = []
    var effects: [Effect] = []
    /// How many timers and schedules have fired since the last batch was taken.
    var fired: [FiredKind: Int] = [:]
    var requestedLoads: [Load] = []
    /// Told of the run that a transition is about to work on, before it does: should that kill the process, the shell
    /// knows which run it was.
    package var noteRun: ((RunKey) -> Void)?
    /// The process is about to stop: no call is made any more.
    var isDraining = false
    /// No call is made before, since those of the process before may still run; nil when there is nothing to wait for.
    var callsFrom: Timestamp?

    /// Opens an empty partition, to be filled by the `recover` calls.
    ///
    /// - Parameters:
    ///   - batchSequence: The last batch that the store has; 0 for none.
    ///   - seed: All chance comes from it.
    package init(
        number: Int, settings: Settings, epoch: Int64, batchSequence: Int64, marks: KeyMarks, at moment: Moment,
        seed: UInt64
    ) {
        self.number = number
        self.settings = settings
        self.epoch = epoch
        self.marks = marks
        now = moment
        random = RandomSource(seed: seed)
        configuration = .empty
        lastGeneration = epoch << Self.counterBits
        sequence = batchSequence + 1
        committedSequence = batchSequence
        cache = RunCache(bytesMax: settings.cacheBytesMax)
    }

    /// A dispatch's generation is the epoch and, in this many lower bits, a counter.
    static let counterBits: Int64 = 20

    /// The next dispatch's generation. When the counter is used up the epoch is raised by the batch that is being built,
    /// before any dispatch with the new epoch can leave.
    func nextGeneration() -> Int64 {
        let before = lastGeneration >> Self.counterBits
        lastGeneration += 1
        if lastGeneration >> Self.counterBits > before { raisesEpoch = true }
        return lastGeneration
    }

    /// Applies one input at the time at which it arrived. Times must not go back on the engine's clock.
    package func apply(_ input: Input, at moment: Moment) {
        precondition(moment.engine >= now.engine, "engine time went back")
        now = moment
        take(input)
        fireTimers()
        readBulkPages()
        readRunsWithOldKeys()
        readDeliveries()
        pump()
        // All that can go on has done so: what stands still now does so for a reason.
        if case .explain(let run, let token) = input { explain(run, token) }
    }

    private func take(_ input: Input) {
        switch input {
        case .events(let request): accept(request)
        case .answer(let answer): receive(answer)
        case .loaded(let ticket, let result): receive(result, for: ticket)
        case .committed(let sequence): committed(sequence)
        case .tick: workOffSlice()
        case .explain: break
        case .ping(let token): reply(token, .pong)
        case .drain: isDraining = true
        case .cancel(let run, let token): cancel(run, token)
        case .signal(let signal, let token): send(signal, token)
        case .metadata(let request, let token): addMetadata(request, token)
        case .register(let registration, let token): register(registration, token)
        case .removeApp(let url, let token): removeApp(url: url, token)
        case .appFailed(let url, let error): noteFailure(ofAppAt: url, error: error)
        case .rerun(let run, let start, let token): rerun(run, from: start, token)
        case .beginBulk(let request, let condition, let token): begin(request, condition: condition, token)
        case .stopBulk(let id, let token): stopBulk(id, token)
        case .withdrawBulk(let id, let token): withdrawBulk(id, token)
        case .audited(let note, let token, let input):
            audits[token] = note
            take(input)
        case .changeState(let functions, let state, let token): change(functions, to: state, token)
        }
    }

    private func committed(_ sequence: Int64) {
        committedSequence = max(committedSequence, sequence)
        recent.forget(committedThrough: committedSequence)
        forgetJoinedEvents()
        loadEndedMetadata()
        loadLookBacks()
        evict()
    }

    // MARK: - Taking the output

    /// What is to be made durable together, and what is to be told once it is.
    package struct Output: Sendable {
        /// Nil when nothing is to be written; the effects still wait for every batch before.
        package var batch: Batch?
        package var effects: [Effect]
    }

    /// Hands over what has gathered since the last time; nil when nothing has.
    package func takeOutput() -> Output? {
        writeBulkProgress()
        guard !writes.isEmpty || !effects.isEmpty || raisesEpoch else { return nil }
        var output = Output(batch: nil, effects: effects)
        if !writes.isEmpty || raisesEpoch {
            output.batch = Batch(
                partition: number, epoch: epoch, sequence: sequence, engineTime: now.engine, writes: writes,
                raisesEpoch: raisesEpoch)
            sequence += 1
            if raisesEpoch {
                epoch += 1
                raisesEpoch = false
            }
        }
        writes = []
        effects = []
        fired = [:]
        return output
    }

    /// Hands over the loads that were asked for; they wait for no batch but the one they name.
    package func takeLoads() -> [Load] {
        defer { requestedLoads.removeAll(keepingCapacity: true) }
        return requestedLoads
    }

    /// When something is due next: on the engine's clock and on the wall clock.
    package var nextDue: (engine: Timestamp?, wall: Timestamp?) {
        let engine = [timers.nextDue, gateTimers.nextDue, callsFrom, nextBulkDue].compactMap { $0 }.min()
        return (engine, [wallTimers.nextDue, cronTimers.nextDue].compactMap { $0 }.min())
    }

    /// Whether more can be done at once, by a tick: due timers or other work were left for later.
    package var hasMoreWork: Bool {
        canFireTimers || (!pendingWakes.isEmpty && !awaitsLoads) || hasSlices
    }

    /// As many loads are under way as may be: what is to be read waits for one to end.
    package var awaitsLoads: Bool { loads.count >= settings.loadsMax }

    /// Work that can wait, such as most timers that are due, waits for the store to take the batch when there is none.
    package var hasRoomInBatch: Bool { writes.count < settings.rowsPerBatchWanted }

    package var currentConfiguration: Configuration { configuration }
    package var unfinishedRunCount: Int { runs.count }
    package var liveDispatchCount: Int { dispatches.count }
}
