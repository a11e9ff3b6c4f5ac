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
    private var outputs: [Partition.Output] = []
    /// Effects whose batches are durable, in order.
    private var effects: [Effect] = []
    /// As the engine made them: what a defect alters on the way does not count.
    private var batchesWithPromises: Set<Int64> = []
    private var loads: [Load] = []
    /// Calls on their way to a worker, and answers on their way back, with the epoch that they belong to.
    private var calls: [Call] = []
    private var answers: [Answer] = []
    /// Requests of the server's own on their way out, and what came of them.
    private var fetches: [Fetch] = []
    private var fetched: [Fetch] = []
    private var requests: [UInt64: [IncomingEvent]] = [:]
    /// Signals that wait for a reply, by the number that each carries as its data.
    private var signals: [UInt64: Int64] = [:]
    private var lastSignal: Int64 = 0
    /// Metadata that wait for a reply.
    private var notes: [UInt64: RunKey] = [:]
    private var lastToken: UInt64 = 0
    private var lastEvent: UInt64 = 0
    private var sentSeeds: [IncomingEvent] = []
    /// How many of the writes that are being gathered have been looked at.
    private var seenWrites = 0
    private var isAppRemoved = false
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
        // A small cache, so that runs are forgotten and read again all the time.
        settings.cacheBytesMax = seed % 3 == 0 ? 64 << 20 : 4_096
        if seed % 2 == 1 {
            // All that can be put off is.
            settings.eventsPerTurnMax = 1
            settings.looksPerTurnMax = 1
            settings.rowsPerBatchWanted = 12
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
        let text: String
        switch input {
        // What was read holds dictionaries, whose order is chance.
        case .loaded(let ticket, _): text = "loaded \(ticket)"
        case .register: text = "register"
        case .events(let request): text = "events \(request.events.map { ($0.id, $0.payload.text, $0.starts.count) })"
        case .answer(let answer): text = "answer \(answer.generation) \(answer.outcome)"
        default: text = "\(input)"
        }
        trace?.append("\(transitions) \(engine.milliseconds) \(text)")
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
    private func crash() {
        coverage.note("fault.crash")
        trace?.append("crash: \(outputs.count) outputs, \(effects.count) effects, \(loads.count) loads are lost")
        if !outputs.isEmpty { coverage.note("fault.crash.uncommitted") }
        if !effects.isEmpty { coverage.note("fault.crash.unreleased") }
        let committed = store.state
        store = MemoryStore(committed)
        outputs = []
        effects = []
        loads = []
        seenWrites = 0
        requests = [:]
        signals = [:]
        notes = [:]
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
        guard !loads.isEmpty else { return }
        let load = loads.removeFirst()
        guard load.seesBatch <= store.state.batchSequence else { return loads.append(load) }
        do {
            var result = try store.load(load.request, partition: 0)
            if defect == .forgetsEventIDs, case .idempotency = result { result = .idempotency([]) }
            if defect == .looksPast, case .lookBack = result { result = .lookBack([], isComplete: true) }
            apply(.loaded(ticket: load.ticket, result))
        } catch {
            ledger.violate("a load failed: \(error.message)")
        }
    }

    // MARK: - Workers

    /// A worker takes a call: its body runs now, its answer comes whenever it comes.
    func workNext() {
        guard !calls.isEmpty else { return }
        let call = calls.remove(at: Int(random.next() % UInt64(calls.count)))
        let isAwaited = call.epoch == store.state.epoch
        if hasFaults && isAwaited && chance(20) {
            coverage.note("fault.unreachable")
            answers.append(Answer(order: call.order, epoch: call.epoch, outcome: .unreachable(message: "refused")))
            return
        }
        if !isAwaited { coverage.note("fault.staleCall") }
        let work = ScriptedWorker().work(on: call.order, at: moment)
        if let step = work.executed {
            ledger.executed(step, of: call.order, isAwaited: isAwaited, committed: store.state)
        }
        if let sent = work.sent { send(sent.name, id: sent.id) }
        answers.append(
            Answer(
                order: call.order, epoch: call.epoch,
                outcome: hasFaults ? broken(work.outcome, call.order) : work.outcome))
    }

    /// What a network, a proxy or a poor worker makes of an answer.
    private func broken(_ outcome: CallOutcome, _ order: CallOrder) -> CallOutcome {
        switch random.next() % 60 {
        case 0:
            coverage.note("fault.brokenCall")
            return .failed(error: RawJSON(#"{"message":"bad gateway"}"#), retry: .standard)
        case 1:
            coverage.note("fault.lostAnswer")
            return .failed(error: RawJSON(#"{"message":"timed out"}"#), retry: .at(.after(.seconds(7))))
        case 2:
            coverage.note("fault.emptyAnswer")
            return .operations([], requestVersion: 2)
        case 3:
            return .operations(
                [Operation(id: "", name: "", kind: .none, options: nil)], requestVersion: 2)
        case 4 where order.stepID == nil:
            return .operations([Operation(id: "again", name: "", kind: .discover, options: nil)], requestVersion: 2)
        case 5 where chance(4):
            return .failed(error: RawJSON(#"{"message":"never"}"#), retry: .never)
        case 6 where chance(4):
            return .operations(
                [Operation(id: "bad", name: "", kind: .invalid(error: .null), options: nil)], requestVersion: 2)
        default: return outcome
        }
    }

    /// An answer arrives, in any order, perhaps twice, perhaps at a process that never made the call.
    func answerNext() {
        guard !answers.isEmpty else { return }
        let index = Int(random.next() % UInt64(answers.count))
        var answer = answers[index]
        if hasFaults && chance(25) {
            coverage.note("fault.doubledAnswer")
        } else {
            answers.remove(at: index)
        }
        if answer.epoch != store.state.epoch { coverage.note("fault.lateAnswer") }
        noteFate(of: answer)
        if defect == .ignoresGenerations { answer.order.generation = liveGeneration(like: answer.order) }
        let isLive = partition.dispatches[answer.order.generation]?.job != nil
        if isLive, case .operations(let operations, _) = answer.outcome {
            // What is under way already goes on as it was first reported.
            let new = operations.filter { !isPending($0, of: answer.order) }
            ledger.reported(new, of: answer.order, at: moment, committed: store.state)
        }
        ledger.answered(answer.order.generation)
        apply(.answer(CallAnswer(generation: answer.order.generation, outcome: answer.outcome)))
    }

    private func isPending(_ operation: StepwellCore.Operation, of order: CallOrder) -> Bool {
        guard let slot = partition.runSlots[order.runKey], let state = partition.runs[slot].state else { return false }
        return partition.jobSlots(ofRun: slot).contains {
            state.details[partition.jobs[$0].key]?.stepID == operation.id
        }
    }

    private func liveGeneration(like order: CallOrder) -> Int64 {
        let live = partition.dispatches.values.filter { $0.job.flatMap { partition.find($0) }?.key == order.jobKey }
        return live.map(\.generation).max() ?? order.generation
    }

    /// A failure of the last attempt, or one that forbids another, may end the run.
    private func noteFate(of answer: Answer) {
        let isLast = answer.order.attempt + 1 >= answer.order.function.attemptsMax
        switch answer.outcome {
        case .failed(_, .never): ledger.allowFailure(of: answer.order.runID)
        case .failed: if isLast { ledger.allowFailure(of: answer.order.runID) }
        case .operations(let operations, _):
            let isEmpty = operations.allSatisfy(\.isNone)
            let isInvalid = operations.contains { $0.invalidity != nil }
            if isInvalid || (isEmpty && isLast) { ledger.allowFailure(of: answer.order.runID) }
        case .completed, .unreachable, .fetched: break
        }
    }

    // MARK: - Clients and operators

    func token() -> ReplyToken {
        lastToken += 1
        return ReplyToken(lastToken)
    }

    func register() {
        do {
            let functions = try Script.all.enumerated().map { place, script in
                try FunctionBlueprint(
                    compiling: RegisteredFunction(RawJSON(validated: Array(script.configuration.utf8)).slice),
                    id: UUIDBytes(high: 7, low: UInt64(place)))
            }
            apply(
                .register(
                    Registration(
                        name: "app", id: UUIDBytes(high: 1, low: 1), url: "http://worker:3000/api", sdk: "test:v1",
                        framework: nil, version: nil, checksum: "1", functions: functions), token()))
        } catch {
            preconditionFailure("a script cannot be registered: \(error)")
        }
        isAppRemoved = false
    }

    func removeApp() {
        if isAppRemoved || chance(2) {
            apply(.removeApp(url: "http://worker:3000/nobody", token()))
        } else {
            isAppRemoved = true
            apply(.removeApp(url: "http://worker:3000/api", token()))
        }
    }

    func send(_ name: String, id: String?) { post([event(name, id: id)]) }

    private func event(_ name: String, id: String?) -> IncomingEvent {
        lastEvent += 1
        let own = ULID(time: engine, entropyHigh: UInt16(seed & 0xff), entropyLow: lastEvent)
        let key = ["a", "b"][Int(random.next() % 2)]
        let text =
            "{\"data\":{\"k\":\"\(key)\"},\"id\":\"\(id ?? own.description)\",\"name\":\"\(name)\",\"ts\":\(wall.milliseconds),\"user\":{}}"
        return IncomingEvent(
            id: own, name: name, senderDigest: id.map { Digest(eventID: $0) },
            timestamp: chance(10) ? wall + .seconds(20) : wall,
            payload: RawJSON(validated: Array(text.utf8)), starts: [])
    }

    /// A client that gave a seed and got no answer asks again; one that gave an id asks again by mistake.
    func repeatRequest() {
        guard let event = sentSeeds.randomElement(using: &random) else { return }
        coverage.note("fault.repeatedSeed")
        post([event], isSeeded: true)
    }

    func sendAny() {
        clientBudget -= 1
        let events = Script.all.map(\.event).filter { $0.hasPrefix("app/") && !$0.hasSuffix("*") } + ["app/signal"]
        // Many wait for the signal.
        let name = chance(5) ? "app/signal" : events[Int(random.next() % UInt64(events.count))]
        if chance(4) {
            coverage.note("fault.repeatedID")
            send(name, id: "client-\(random.next() % 3)-\(name)")
        } else if chance(12) {
            invoke(random.next() % 2 == 0 ? "app-sequence" : "app-nobody")
        } else if chance(6) {
            post([event(name, id: nil), event("app/signal", id: nil), event(name, id: nil)])
        } else {
            send(name, id: nil)
        }
    }

    private func invoke(_ slug: String) {
        lastEvent += 1
        let own = ULID(time: engine, entropyHigh: 0xFFFF, entropyLow: lastEvent)
        let text = "{\"data\":{},\"id\":\"\(own)\",\"name\":\"invoke\",\"ts\":\(wall.milliseconds),\"user\":{}}"
        post([
            IncomingEvent(
                id: own, name: "invoke", senderDigest: nil, timestamp: wall,
                payload: RawJSON(validated: Array(text.utf8)), starts: [], invokedSlug: slug)
        ])
    }

    private func post(_ events: [IncomingEvent], isSeeded: Bool = false) {
        let token = token()
        requests[token.value] = events
        let configuration = partition.currentConfiguration
        let matched = events.map { event in
            var event = event
            event.starts = configuration.starts(for: EventView(name: event.name, payload: event.payload), now: wall)
            return event
        }
        let isFirstOfSeed = !isSeeded && matched[0].senderDigest == nil && matched[0].invokedSlug == nil && chance(5)
        if isFirstOfSeed { sentSeeds.append(contentsOf: events) }
        apply(
            .events(
                EventsRequest(
                    token: token, events: matched, isSeeded: isSeeded || isFirstOfSeed,
                    configurationVersion: configuration.version)))
    }

    func cancelAny() {
        let keys = store.state.runs.values.sorted { $0.key < $1.key }.map(\.key)
        guard let key = keys.randomElement(using: &random) else { return }
        ledger.allowCancellation(of: key)
        apply(.cancel(key, token()))
    }

    /// An operator wants a run again, whatever has become of it: from its beginning or from a step.
    func rerunAny() {
        clientBudget -= 1
        guard let run = store.state.runs.keys.sorted().randomElement(using: &random) else { return }
        let steps = store.state.steps[run] ?? []
        let step = chance(3) ? nil : steps.randomElement(using: &random)
        let input = chance(2) ? RawJSON("[1]") : nil
        apply(.rerun(run, from: step.map { RerunStart(stepID: $0.id, input: input) }, token()))
    }

    /// An operator pauses or drains a function, or lets one go on.
    func changeAnyState() {
        let standing = partition.functionStates.keys.sorted()
        if let function = standing.randomElement(using: &random), chance(2) {
            return apply(.changeState(function, .active, token()))
        }
        let functions = partition.configuration.functions.keys.sorted()
        guard let function = functions.randomElement(using: &random) else { return }
        apply(.changeState(function, chance(2) ? .paused : .drained, token()))
    }

    func resumeAll() {
        for function in partition.functionStates.keys.sorted() { apply(.changeState(function, .active, token())) }
    }

    /// Someone sends a signal, whether anybody waits for it or not.
    func signalAny() {
        lastSignal += 1
        let token = token()
        signals[token.value] = lastSignal
        let key = ["a", "b"][Int(random.next() % 2)]
        let data = RawJSON(validated: Array("\(lastSignal)".utf8))
        apply(.signal(SentSignal(name: "approve-\(key)", data: data), token))
    }

    /// Someone tells something of a run, whatever has become of it.
    func noteAny() {
        guard let run = store.state.runs.keys.sorted().randomElement(using: &random) else { return }
        let token = token()
        notes[token.value] = run
        let entry = MetadataEntry(
            isOfRun: true, kind: "client", operation: .merge, values: RawJSON(#"{"x":1}"#))
        apply(.metadata(MetadataRequest(run: run, stepID: nil, entries: [entry]), token))
    }

    /// Somebody asks why a run stands still.
    func explainAny() {
        guard let key = partition.runSlots.keys.sorted().randomElement(using: &random) else { return }
        apply(.explain(key, token()))
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
        outputs.isEmpty && effects.isEmpty && loads.isEmpty && calls.isEmpty && answers.isEmpty
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
