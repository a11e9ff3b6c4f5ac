import StepwellModel
import StepwellStore

@testable import StepwellCore

/// One partition with all that is round it: clocks, a store, workers, clients and faults, in an order that the seed
/// chooses. Everything is a value or is owned by this; nothing runs beside it.
final class World {
    let seed: UInt64
    let defect: Defect?
    var random: RandomSource
    var wall: Timestamp
    var engine: Timestamp
    private(set) var store: MemoryStore
    private(set) var partition: Partition
    var ledger = Ledger()
    var coverage = Coverage()
    private(set) var transitions = 0
    var trace: [String]?

    /// What the engine has handed over and is not yet durable, in order.
    var outputs: [Partition.Output] = []
    /// Effects whose batches are durable, in order.
    var effects: [Effect] = []
    /// As the engine made them: what a defect alters on the way does not count.
    var batchesWithPromises: Set<Int64> = []
    var loads: [Load] = []
    /// What was read, and is on its way back while more becomes durable.
    var loaded: [Input] = []
    /// Calls on their way to a worker, and answers on their way back, with the epoch that they belong to.
    var calls: [Call] = []
    var answers: [Answer] = []
    /// Requests of the server's own on their way out, and what came of them.
    var fetches: [Fetch] = []
    var fetched: [Fetch] = []
    var requests: [UInt64: [IncomingEvent]] = [:]
    /// Signals that wait for a reply, by the number that each carries as its data.
    var signals: [UInt64: Int64] = [:]
    var lastSignal: Int64 = 0
    /// Metadata that wait for a reply.
    /// The tokens of what operators have asked for.
    var audited: Set<UInt64> = []
    var notes: [UInt64: RunKey] = [:]
    var lastToken: UInt64 = 0
    var lastEvent: UInt64 = 0
    var sentSeeds: [IncomingEvent] = []
    /// How many of the writes that are being gathered have been looked at.
    var seenWrites = 0
    var isAppRemoved = false
    /// The functions register with other keys, which come to other values for the same events.
    var hasOtherKeys = false
    var hasFaults = true
    var clientBudget: Int

    struct Call {
        var order: CallOrder
        var epoch: Int64
    }

    struct Fetch {
        var order: GatewayOrder
        var epoch: Int64
        var outcome: CallOutcome?
    }

    struct Answer {
        var order: CallOrder
        var epoch: Int64
        var outcome: CallOutcome
    }

    init(seed: UInt64, defect: Defect? = nil, isTraced: Bool = false) {
        self.seed = seed
        self.defect = defect
        random = RandomSource(seed: seed)
        trace = isTraced ? [] : nil
        wall = Timestamp(milliseconds: 1_700_000_000_000)
        engine = wall
        store = MemoryStore()
        clientBudget = 14
        var settings = Settings()
        // Small pages, so that works on many runs take several.
        settings.bulkPageMax = 2
        // A small cache, so that runs are forgotten and read again all the time.
        settings.cacheBytesMax = seed % 3 == 0 ? 64 << 20 : 4_096
        if seed % 2 == 1 {
            // All that can be put off is.
            settings.eventsPerTurnMax = 1
            settings.looksPerTurnMax = 1
            settings.deliveriesInMemoryMax = 1
            settings.rowsPerBatchWanted = 12
            settings.firedPerBatchMin = 2
        }
        if seed % 2 == 0 { settings.passedOverMax = 2 }
        self.settings = settings
        partition = Self.open(store, settings, Moment(engine: engine, wall: wall), seed: seed)
        register()
    }

    private let settings: Settings
    var moment: Moment { Moment(engine: engine, wall: wall) }

    // MARK: - The engine's process

    private static func open(_ store: MemoryStore, _ settings: Settings, _ moment: Moment, seed: UInt64) -> Partition {
        do {
            let opened = try store.open(partition: 0)
            let partition = Partition(
                number: 0, settings: settings, epoch: opened.epoch, batchSequence: opened.batchSequence,
                marks: opened.marks, at: moment, seed: seed)
            var recovery = Partition.Recovery()
            try store.recover(partition: 0) { row in
                do {
                    try partition.recover(row, &recovery)
                } catch {
                    preconditionFailure("a stored row cannot be read: \(error)")
                }
            }
            partition.finishRecovery(recovery)
            return partition
        } catch {
            preconditionFailure("the memory store fails: \(error)")
        }
    }

    func apply(_ input: Input) {
        transitions += 1
        coverage.note(input)
        note(input)
        partition.apply(input, at: moment)
        noteWrites()
        defect?.disturb(partition, &random)
        loads.append(contentsOf: partition.takeLoads())
        ledger.observe(
            partition.writes[min(seenWrites, partition.writes.count)...], at: moment, isAppRemoved: isAppRemoved,
            lastGeneration: partition.lastGeneration)
        seenWrites = partition.writes.count
        for rule in partition.check() { ledger.violate(rule) }
    }

    private func note(_ input: Input) {
        guard trace != nil else { return }
        trace?.append("\(transitions) \(engine.milliseconds) \(Self.text(of: input))")
    }

    private static func text(of input: Input) -> String {
        switch input {
        // What was read holds dictionaries, whose order is chance.
        case .loaded(let ticket, _): "loaded \(ticket)"
        case .register: "register"
        case .audited(_, _, let input): text(of: input)
        case .beginBulk(let request, _, _): "beginBulk \(request.action)"
        case .events(let request): "events \(request.events.map { ($0.id, $0.payload.text, $0.starts.count) })"
        case .answer(let answer): "answer \(answer.generation) \(answer.outcome)"
        default: "\(input)"
        }
    }

    /// Of what the engine wants to write, what tells how runs go on.
    private func noteWrites() {
        guard trace != nil else { return }
        for write in partition.writes.dropFirst(seenWrites) {
            switch write {
            case .insertStep(let row): trace?.append("    step \(row.runKey.value).\(row.id) \(row.memo.text)")
            case .putJob(let row):
                trace?.append(
                    "    job \(row.core.key.value) of \(row.core.runKey.value): \(row.core.kind) \(row.detail.stepID)")
            case .insertWait(let row): trace?.append("    wait \(row.jobKey.value)")
            case .matchWait(let job, let event): trace?.append("    match \(job.value) with \(event.value)")
            case .insertEvent(let row): trace?.append("    event \(row.key.value) \(row.id) \(row.name)")
            case .insertRun(let row): trace?.append("    run \(row.key.value) \(row.id)")
            case .finishRun(let key, let status, _, _): trace?.append("    end \(key.value) \(status)")
            default: break
            }
        }
    }

    /// The process dies between any two effects: what is not committed is lost, calls under way go on without it.
    func crash() {
        coverage.note("fault.crash")
        trace?.append("crash: \(outputs.count) outputs, \(effects.count) effects, \(loads.count) loads are lost")
        if !outputs.isEmpty { coverage.note("fault.crash.uncommitted") }
        if store.state.keyRenewal != nil { coverage.note("fault.crash.oldKeys") }
        if !effects.isEmpty { coverage.note("fault.crash.unreleased") }
        let committed = store.state
        store = MemoryStore(committed)
        outputs = []
        effects = []
        loads = []
        loaded = []
        seenWrites = 0
        requests = [:]
        signals = [:]
        notes = [:]
        audited = []
        ledger.forget(exceptOf: committed)
        engine = max(wall, committed.engineTime)
        partition = Self.open(store, settings, moment, seed: random.next())
        // The fate of what the clients last asked for is unknown to them: an app registers again.
        register()
    }

    // MARK: - Outputs, in order

    func handOver() {
        guard let output = partition.takeOutput() else { return }
        seenWrites = 0
        if let batch = output.batch, batch.writes.contains(where: \.isPromise) {
            batchesWithPromises.insert(batch.sequence)
        }
        outputs.append(defect?.alter(output, &random) ?? output)
        if defect == .acknowledgesBeforeCommit, let index = outputs.indices.last {
            release(outputs[index].effects)
            outputs[index].effects = []
        }
    }

    func commitNext() {
        guard !outputs.isEmpty else { return }
        if let batch = outputs[0].batch {
            if hasFaults && chance(8) {
                coverage.note("fault.refusedCommit")
                return
            }
            for write in batch.writes { coverage.note(write) }
            do {
                try store.commit(batch)
            } catch {
                ledger.violate("a batch was refused: \(error.message)")
                outputs = []
                return
            }
            ledger.observeBulks(batch, store.state)
            release(outputs.removeFirst().effects)
            // What is promised is done soon, and there is little time to die before.
            if batchesWithPromises.remove(batch.sequence) != nil, chance(3) { return crashNow() }
            apply(.committed(batch.sequence))
        } else {
            release(outputs.removeFirst().effects)
        }
    }

    /// What tells of changes goes to people, whose looking changes nothing.
    private func release(_ released: [Effect]) {
        effects += released.filter { if case .changed = $0 { false } else { true } }
    }

    func releaseNext() {
        guard !effects.isEmpty else { return }
        switch effects.removeFirst() {
        case .reply(let token, let reply):
            coverage.note(reply)
            if audited.remove(token.value) != nil { ledger.judgeAudit(of: token, reply, store.state) }
            if case .explained(let explanation) = reply { ledger.judge(explanation) }
            if case .rerun(let run) = reply { ledger.acknowledgeRerun(run) }
            if case .noted = reply, let run = notes.removeValue(forKey: token.value) { ledger.noted(run) }
            if case .signalled(let run) = reply, let number = signals.removeValue(forKey: token.value) {
                ledger.delivered(number, to: run)
            }
            guard case .accepted(let ids) = reply, let events = requests.removeValue(forKey: token.value) else {
                return
            }
            ledger.acknowledge(ids, names: events.map(\.name))
        case .dispatch(let order):
            ledger.ordered(order, at: moment, committed: store.state)
            calls.append(Call(order: order, epoch: order.generation >> 20))
        case .request(let order):
            ledger.requested(order, committed: store.state)
            fetches.append(Fetch(order: order, epoch: order.generation >> 20))
        case .configure, .changed: break
        }
    }

    /// Somebody else's server is asked; a process that has died asks no more.
    func fetchNext() {
        guard !fetches.isEmpty else { return }
        var fetch = fetches.remove(at: Int(random.next() % UInt64(fetches.count)))
        guard fetch.epoch == store.state.epoch else { return coverage.note("fault.lostRequest") }
        let isBroken = hasFaults && chance(10)
        if isBroken { coverage.note("fault.brokenRequest") }
        fetch.outcome =
            isBroken
            ? .failed(error: RawJSON(#"{"message":"reset"}"#), retry: .standard)
            : ScriptedWorker().fetch(fetch.order, slug: slug(of: fetch.order.runKey))
        fetched.append(fetch)
    }

    private func slug(of run: RunKey) -> String {
        store.state.runs[run].flatMap { store.state.functions[$0.functionKey]?.slug } ?? ""
    }

    func fetchedNext() {
        guard !fetched.isEmpty else { return }
        let fetch = fetched.remove(at: Int(random.next() % UInt64(fetched.count)))
        guard let outcome = fetch.outcome, fetch.epoch == store.state.epoch else { return }
        ledger.answered(fetch.order.generation)
        apply(.answer(CallAnswer(generation: fetch.order.generation, outcome: outcome)))
        // The same answer twice: the second one finds no dispatch.
        if hasFaults && chance(10) { apply(.answer(CallAnswer(generation: fetch.order.generation, outcome: outcome))) }
    }

    func loadNext() {
        if !loaded.isEmpty, loads.isEmpty || chance(2) { return apply(loaded.removeFirst()) }
        guard !loads.isEmpty else { return }
        let load = loads.removeFirst()
        guard load.seesBatch <= store.state.batchSequence else { return loads.append(load) }
        do {
            var result = try store.load(load.request, partition: 0)
            if defect == .forgetsEventIDs, case .idempotency = result { result = .idempotency([]) }
            if defect == .looksPast, case .lookBack = result { result = .lookBack([], isComplete: true) }
            loaded.append(.loaded(ticket: load.ticket, result))
            if chance(2) { apply(loaded.removeFirst()) }
        } catch {
            ledger.violate("a load failed: \(error.message)")
        }
    }

    // MARK: - Time

    func advance(by span: Milliseconds) {
        engine = engine + span
        wall = wall + span
        apply(.tick)
    }

    /// To the next time at which the engine has something to do.
    func advanceToNextDue() {
        let due = partition.nextDue
        let spans = [due.engine.map { $0 - engine }, due.wall.map { $0 - wall }].compactMap { $0 }
        guard let span = spans.min() else { return advance(by: .seconds(1)) }
        advance(by: max(span, .zero))
    }

    func jumpWall() {
        let span = Milliseconds(Int64(random.next() % 7_200_000))
        if chance(2) {
            coverage.note("fault.wallForward")
            wall = wall + span
        } else {
            coverage.note("fault.wallBack")
            wall = wall - span
        }
        apply(.tick)
    }

    func chance(_ oneIn: UInt64) -> Bool { random.next() % oneIn == 0 }

    func crashNow() { crash() }

    /// The process is asked to stop, makes no call any more, and stops.
    func drainAndCrash() {
        apply(.drain)
        for _ in 0..<6 { stepQuietly() }
        crash()
    }

    private func stepQuietly() {
        handOver()
        commitNext()
        releaseNext()
        answerNext()
    }

    /// Nothing is on its way anywhere.
    var isQuiet: Bool {
        outputs.isEmpty && effects.isEmpty && loads.isEmpty && loaded.isEmpty && calls.isEmpty && answers.isEmpty
            && fetches.isEmpty && fetched.isEmpty
            && partition.writes.isEmpty && partition.effects.isEmpty && !partition.hasMoreWork
    }

    var committed: MemoryState { store.state }
}

extension Write {
    /// Whether it promises what only a later batch does.
    fileprivate var isPromise: Bool {
        switch self {
        case .matchWait, .insertDelivery: true
        default: false
        }
    }
}
