import StepwellModel
import StepwellStore

@testable import StepwellCore

/// The real partition over a store in memory, on virtual time: every batch is durable at once, every load is answered.
final class Subject {
    private(set) var partition: Partition
    private(set) var store = MemoryStore()
    private(set) var now: Timestamp
    private let settings: Settings
    private var lastToken: UInt64 = 0
    private var lastEvent: UInt64 = 0
    private var lastRegistration = 0
    /// By generation: what is awaited.
    private(set) var orders: [Int64: CallOrder] = [:]
    private var calls: [CallOrder] = []
    private var writes: [Write] = []
    private var explanation: Explanation?
    /// Rules of its own that the partition has broken.
    private(set) var broken: [String] = []

    static let retryDelay = Milliseconds.seconds(10)

    init(appLimit: Int, now: Timestamp) {
        self.now = now
        var settings = Settings()
        settings.callsPerAppMax = appLimit
        settings.retryInterval = Self.retryDelay
        // So that room is kept for lines in programs as short as these.
        settings.passedOverMax = 2
        self.settings = settings
        partition = Self.open(store, settings, now)
    }

    private static func open(_ store: MemoryStore, _ settings: Settings, _ now: Timestamp) -> Partition {
        do {
            let opened = try store.open(partition: 0)
            let partition = Partition(
                number: 0, settings: settings, epoch: opened.epoch, batchSequence: opened.batchSequence,
                marks: opened.marks, at: Moment(now), seed: UInt64(bitPattern: opened.epoch))
            var recovery = Partition.Recovery()
            var failure: (any Error)?
            try store.recover(partition: 0) { row in
                do { try partition.recover(row, &recovery) } catch { failure = error }
            }
            if let failure { throw failure }
            partition.finishRecovery(recovery)
            return partition
        } catch {
            preconditionFailure("the memory store fails: \(error)")
        }
    }

    // MARK: - Inputs

    func restart() {
        store = MemoryStore(store.state)
        orders = [:]
        partition = Self.open(store, settings, now)
        settle()
    }

    func configure(_ functions: [DeclaredFunction]) {
        lastRegistration += 1
        do {
            let blueprints = try functions.map { function in
                try FunctionBlueprint(
                    compiling: RegisteredFunction(RawJSON(validating: Array(function.json.utf8)).slice),
                    id: UUIDBytes(high: 7, low: UInt64(function.number)))
            }
            apply(
                .register(
                    Registration(
                        name: "app", id: UUIDBytes(high: 1, low: 1), url: "http://worker:3000/api", sdk: "test:v1",
                        framework: nil, version: nil, checksum: "\(lastRegistration)", functions: blueprints), token()))
        } catch {
            preconditionFailure("a random function is refused: \(error)")
        }
    }

    func send(_ event: SentEvent) {
        lastEvent += 1
        let id = ULID(time: now, entropyHigh: 1, entropyLow: lastEvent)
        let time = now + event.delay
        let name = "app/\(event.name)"
        let text =
            "{\"data\":\(event.data),\"id\":\"\(id)\",\"name\":\"\(name)\",\"ts\":\(time.milliseconds),\"user\":{}}"
        let payload = RawJSON(validated: Array(text.utf8))
        let configuration = partition.currentConfiguration
        let incoming = IncomingEvent(
            id: id, name: name, senderDigest: nil, timestamp: time, payload: payload,
            starts: configuration.starts(for: EventView(name: name, payload: payload), now: now))
        apply(
            .events(
                EventsRequest(
                    token: token(), events: [incoming], isSeeded: false, configurationVersion: configuration.version)))
    }

    func answer(_ order: CallOrder, _ answer: Move.Answer) {
        let step = "s\(order.steps.count)"
        let outcome: CallOutcome =
            switch answer {
            case .complete: .completed(output: .null)
            case .step: operation(step, .ran(memo: RawJSON("1")))
            case .sleep(let span): operation(step, .sleep(.after(span)))
            case .fail: .failed(error: RawJSON("{}"), retry: .standard)
            case .failForGood: .failed(error: RawJSON("{}"), retry: .never)
            case .refuse: .unreachable(message: "refused")
            }
        orders[order.generation] = nil
        apply(.answer(CallAnswer(generation: order.generation, outcome: outcome)))
    }

    private func operation(_ id: String, _ kind: Operation.Kind) -> CallOutcome {
        .operations([Operation(id: id, name: id, kind: kind, options: nil)], requestVersion: 2)
    }

    func cancel(_ run: RunKey) { apply(.cancel(run, token())) }

    func tick(at time: Timestamp) {
        now = time
        apply(.tick)
    }

    private func apply(_ input: Input) {
        partition.apply(input, at: Moment(now))
        settle()
        // What was too much for one turn.
        while partition.hasMoreWork {
            partition.apply(.tick, at: Moment(now))
            settle()
        }
    }

    private func token() -> ReplyToken {
        lastToken += 1
        return ReplyToken(lastToken)
    }

    // MARK: - Outputs

    /// Until nothing is under way but calls.
    private func settle() {
        while true {
            broken += partition.check()
            if let output = partition.takeOutput() {
                take(output)
            } else {
                let loads = partition.takeLoads()
                for load in loads { answerLoad(load) }
                if loads.isEmpty { return }
            }
        }
    }

    private func take(_ output: Partition.Output) {
        for effect in output.effects {
            switch effect {
            case .dispatch(let order):
                calls.append(order)
                orders[order.generation] = order
            case .reply(_, .explained(let explanation)): self.explanation = explanation
            case .reply, .request, .configure, .changed: break
            }
        }
        guard let batch = output.batch else { return }
        writes += batch.writes
        do {
            try store.commit(batch)
        } catch {
            broken.append("a batch was refused: \(error.message)")
        }
        partition.apply(.committed(batch.sequence), at: Moment(now))
    }

    private func answerLoad(_ load: Load) {
        do {
            let result = try store.load(load.request, partition: 0)
            partition.apply(.loaded(ticket: load.ticket, result), at: Moment(now))
        } catch {
            broken.append("a load failed: \(error.message)")
        }
    }

    /// The calls that were decided on since this was last asked, in the order of the decisions.
    func newCalls() -> [CallOrder] {
        defer { calls = [] }
        return calls.sorted { $0.generation < $1.generation }
    }

    func newWrites() -> [Write] {
        defer { writes = [] }
        return writes
    }

    /// Why a run does not go on.
    func explain(_ run: RunKey) -> Explanation? {
        explanation = nil
        partition.apply(.explain(run, token()), at: Moment(now))
        while let output = partition.takeOutput() { take(output) }
        return explanation
    }

    /// A line that was passed over too often is waited for: others that could go on stand still.
    var isTurnOwed: Bool { partition.owed != nil }

    func nextDue() -> Timestamp? { [partition.nextDue.engine, partition.nextDue.wall].compactMap { $0 }.min() }
}
