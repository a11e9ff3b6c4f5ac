@testable import StepwellCore
import StepwellModel
import Testing

/// A partition on a table: inputs are given by hand, and what comes out is looked at.
///
/// Every output is checked against the partition's own rules and must tell of each run that has changed; it counts as durable
/// at once unless `holdsCommits` is set.
final class Bench {
    let partition: Partition
    var time: Timestamp
    var holdsCommits = false
    /// Looks at everything after every input. Not where very much is in memory.
    var isChecked = true
    private(set) var writes: [Write] = []
    private(set) var orders: [CallOrder] = []
    private(set) var requests: [GatewayOrder] = []
    private(set) var replies: [UInt64: Reply] = [:]
    private(set) var loads: [Load] = []
    private(set) var held: [Batch] = []
    /// Of the batches, in order.
    private(set) var epochs: [Int64] = []
    private(set) var raisedEpochs = 0
    /// The events that had ended waits when this bench was recovered from another.
    private(set) var recoveredMatches: [JobKey: EventRow]?
    private var everything: [Write] = []
    private var lastToken: UInt64 = 0
    private var lastEvent: UInt64 = 0

    init(
        settings: Settings = Settings(), start: Int64 = 1_700_000_000_000, epoch: Int64 = 1, marks: KeyMarks = .none
    ) {
        time = Timestamp(milliseconds: start)
        partition = Partition(
            number: 0, settings: settings, epoch: epoch, batchSequence: 0, marks: marks, at: Moment(time), seed: 42)
    }

    /// A new process over what another bench has written, and its one run as the store would read it.
    ///
    /// - Parameter deliveries: Events that were on their way to waits.
    static func recover(
        from before: Bench, earlier: LoadedRun? = nil, settings: Settings = Settings(),
        delivering deliveries: [EventRow] = []
    ) throws -> (bench: Bench, run: LoadedRun) {
        let bench = Bench(
            settings: settings, start: before.time.milliseconds, epoch: before.partition.epoch + 1,
            marks: before.partition.marks)
        var found = Found(earlier)
        var recovery = Partition.Recovery()
        let rows = before.inherited + before.everything
        for write in rows { try found.take(write, bench.partition, &recovery) }
        if let renewal = found.keyRenewal { bench.partition.recover(renewal) }
        for job in found.jobs.values.sorted(by: { $0.core.key < $1.core.key }) {
            bench.partition.recover(job.core, &recovery)
        }
        for bulk in found.bulks.values where bulk.state == .running { try bench.partition.recover(bulk) }
        for wait in found.waits.values { try bench.partition.recover(wait, &recovery) }
        for hold in found.holds.values { bench.partition.recover(hold, &recovery) }
        for event in deliveries { bench.partition.recover(deliveriesOf: event.name, last: event.key) }
        bench.partition.finishRecovery(recovery)
        bench.inherited = rows
        bench.recoveredMatches = found.matches
        bench.collect()
        if !deliveries.isEmpty { bench.answerDeliveries(deliveries) }
        let run = try #require(found.run)
        let event = try #require(found.events[run.eventKey])
        let details = found.jobs.mapValues(\.detail)
        let others = found.otherEvents.compactMap { found.events[$0] }
        return (
            bench,
            LoadedRun(run: run, event: event, otherEvents: others, steps: [], jobs: details, matches: found.matches)
        )
    }

    private var inherited: [Write] = []

    /// What is read of events on their way to waits, with those that there are.
    func answerDeliveries(_ events: [EventRow]) {
        let found = newLoads()
        for load in found {
            guard case .deliveries(let request) = load.request else {
                loads.append(load)
                continue
            }
            let all = events.filter { $0.name == request.name && $0.key > request.after }.sorted { $0.key < $1.key }
            let part = Array(all.prefix(request.limit))
            apply(.loaded(ticket: load.ticket, .deliveries(part, isComplete: part.count == all.count)))
        }
    }

    /// What a store would hold after some writes.
    private struct Found {
        var run: RunRow?
        var events: [EventKey: EventRow] = [:]
        var jobs: [JobKey: JobRow] = [:]
        var waits: [JobKey: WaitRow] = [:]
        var bulks: [ULID: BulkRow] = [:]
        var keyRenewal: KeyRenewalRow?
        var holds: [JobKey: HoldRow] = [:]
        var otherEvents: [EventKey] = []

        init(_ earlier: LoadedRun?) { run = earlier?.run }

        var matches: [JobKey: EventRow] {
            waits.compactMapValues { wait in wait.matchedEvent.flatMap { events[$0] } }
        }

        mutating func take(_ write: Write, _ partition: Partition, _ recovery: inout Partition.Recovery) throws {
            switch write {
            case .putApp(let row): partition.recover(row, &recovery)
            case .putFunction(let row):
                partition.recover(row, as: try FunctionBlueprint(stored: row, zones: { _ in nil }), &recovery)
            case .insertEvent(let row): events[row.key] = row
            case .insertRun(let row): run = row
            case .updateRun(_, let status, let startedAt, let requestVersion, _):
                run?.status = status
                run?.startedAt = startedAt
                run?.requestVersion = requestVersion
            case .putJob(let row): jobs[row.core.key] = row
            case .deleteJob(let key):
                jobs[key] = nil
                waits[key] = nil
            case .insertWait(let row): waits[row.jobKey] = row
            case .deleteWait(let job): waits[job] = nil
            case .endLookBack(let job): waits[job]?.looksBackTo = nil
            case .matchWait(let job, let event): waits[job]?.matchedEvent = event
            case .replaceRunEvent(_, let event, let keys, let correlationID):
                run?.eventKey = event
                run?.limitKeys = keys
                run?.correlationID = correlationID
            case .replaceLimitKeys(let key, let keys):
                if run?.key == key { run?.limitKeys = keys }
                for (job, row) in jobs where row.core.runKey == key { jobs[job]?.core.limits = LimitHashes(keys) }
            case .putKeyRenewal(let row): keyRenewal = row
            case .deleteKeyRenewal: keyRenewal = nil
            case .insertRunEvent(let row): otherEvents.append(row.eventKey)
            case .insertHold(let row): holds[row.jobKey] = row
            case .updateHold(let key, let progress): holds[key]?.progress = progress
            case .deleteHold(let key): holds[key] = nil
            case .putRateLimit(let row): partition.recover(row)
            case .putCron(let row): partition.recover(row)
            case .putFunctionState(let row): partition.recover(row)
            case .insertBulk(let row): bulks[row.id] = row
            case .updateBulk(let id, let state, _, let progress):
                bulks[id]?.state = state
                bulks[id]?.progress = progress
            default: break
            }
        }
    }

    func apply(_ input: Input) {
        partition.apply(input, at: Moment(time))
        collect()
    }

    private func collect() {
        let broken = isChecked ? partition.check() : []
        precondition(broken.isEmpty, "rules are broken: \(broken)")
        loads.append(contentsOf: partition.takeLoads())
        while let output = partition.takeOutput() {
            let untold = output.untoldRuns
            precondition(untold.isEmpty, "runs \(untold) changed, and nobody is told")
            for effect in output.effects {
                switch effect {
                case .reply(let token, let reply): replies[token.value] = reply
                case .dispatch(let order): orders.append(order)
                case .request(let order): requests.append(order)
                case .configure, .changed: break
                }
            }
            guard let batch = output.batch else { continue }
            writes.append(contentsOf: batch.writes)
            everything.append(contentsOf: batch.writes)
            epochs.append(batch.epoch)
            raisedEpochs += batch.raisesEpoch ? 1 : 0
            if holdsCommits {
                held.append(batch)
            } else {
                partition.apply(.committed(batch.sequence), at: Moment(time))
            }
        }
        loads.append(contentsOf: partition.takeLoads())
    }

    func advance(by span: Milliseconds) {
        time = time + span
        apply(.tick)
    }

    // MARK: - Inputs in short

    func token() -> ReplyToken {
        lastToken += 1
        return ReplyToken(lastToken)
    }

    /// Registers one app whose functions are all at one place.
    @discardableResult
    func register(_ functions: String..., app: String = "app", url: String = "http://localhost:3000/api") throws
        -> Reply?
    {
        let token = token()
        let blueprints = try functions.enumerated().map { place, text in
            try FunctionBlueprint(
                compiling: RegisteredFunction(RawJSON(validated: Array(text.utf8)).slice),
                id: UUIDBytes(high: UInt64(app.utf8.count), low: UInt64(place + 1)))
        }
        apply(
            .register(
                Registration(
                    name: app, id: UUIDBytes(high: 9, low: 9), url: url, sdk: "test:v1", framework: nil, version: nil,
                    checksum: functions.joined(), functions: blueprints), token))
        return replies[token.value]
    }

    /// A function's configuration, with further members of the object in `options`.
    static func function(_ id: String, on event: String, retries: Int = 3, _ options: String = "") -> String {
        """
        {"id":"app-\(id)","name":"\(id)","triggers":[{"event":"\(event)"}],"steps":{"step":{"id":"step","name":"step",\
        "runtime":{"type":"http","url":"http://localhost:3000/api?fnId=app-\(id)&stepId=step"},\
        "retries":{"attempts":\(retries)}}}\(options.isEmpty ? "" : ",")\(options)}
        """
    }

    @discardableResult
    func send(
        _ name: String, data: String = "{}", id: String? = nil, at timestamp: Timestamp? = nil, seeded: ULID? = nil
    ) -> UInt64 {
        lastEvent += 1
        let ownID = seeded ?? ULID(time: time, entropyHigh: 1, entropyLow: lastEvent)
        let payload =
            "{\"data\":\(data),\"id\":\"\(id ?? ownID.description)\",\"name\":\"\(name)\",\"ts\":\((timestamp ?? time).milliseconds),\"user\":{}}"
        let raw = RawJSON(validated: Array(payload.utf8))
        let token = token()
        let configuration = partition.currentConfiguration
        apply(
            .events(
                EventsRequest(
                    token: token,
                    events: [
                        IncomingEvent(
                            id: ownID, name: name, senderDigest: id.map { Digest(eventID: $0) },
                            timestamp: timestamp ?? time, payload: raw,
                            starts: configuration.starts(for: EventView(name: name, payload: raw), now: time))
                    ], isSeeded: seeded != nil, configurationVersion: configuration.version)))
        return token.value
    }

    func answer(_ order: CallOrder, _ outcome: CallOutcome) {
        apply(.answer(CallAnswer(generation: order.generation, outcome: outcome)))
    }

    func answer(_ order: CallOrder, _ operations: StepwellCore.Operation..., version: Int = 2) {
        answer(order, .operations(operations, requestVersion: version))
    }

    /// The dispatches since the last time this was asked.
    func newOrders() -> [CallOrder] {
        defer { orders = [] }
        return orders
    }

    /// As ``newOrders()``, of the requests that the server makes itself.
    func newRequests() -> [GatewayOrder] {
        defer { requests = [] }
        return requests
    }

    func newWrites() -> [Write] {
        defer { writes = [] }
        return writes
    }

    func newLoads() -> [Load] {
        defer { loads = [] }
        return loads
    }

    func reply(_ token: UInt64) -> Reply? { replies[token] }
}

extension Partition.Output {
    /// Runs with new rows of which whoever follows them does not hear.
    fileprivate var untoldRuns: Set<RunKey> {
        let told = effects.compactMap { if case .changed(let run) = $0 { run } else { nil } }
        return Set((batch?.writes ?? []).compactMap(\.changedRun)).subtracting(told)
    }
}

extension Write {
    fileprivate var changedRun: RunKey? {
        switch self {
        case .insertRun(let row): row.key
        case .updateRun(let key, _, _, _, _), .finishRun(let key, _, _, _): key
        case .insertStep(let row): row.runKey
        case .insertAttempt(let row): row.runKey
        case .insertDefer(let row): row.runKey
        case .insertMetadata(let row): row.runKey
        case .putJob(let row): row.core.runKey
        case .replaceRunEvent(let key, _, _, _), .replaceLimitKeys(let key, _): key
        case .insertRunEvent(let row): row.runKey
        default: nil
        }
    }
}

extension RawJSON {
    init(text: String) { self.init(validated: Array(text.utf8)) }
}

extension StepwellCore.Operation {
    static func ran(_ id: String, _ memo: String = #"{"data":1}"#) -> StepwellCore.Operation {
        .init(id: id, name: id, kind: .ran(memo: RawJSON(text: memo)), options: nil)
    }

    static func planned(_ id: String, racing: Bool = false) -> StepwellCore.Operation {
        .init(id: id, name: id, kind: .planned, options: nil, isRacing: racing)
    }

    static func sleep(_ id: String, _ span: Milliseconds) -> StepwellCore.Operation {
        .init(id: id, name: id, kind: .sleep(.after(span)), options: nil)
    }

    static func threw(_ id: String, _ retry: Retry = .standard) -> StepwellCore.Operation {
        .init(id: id, name: id, kind: .threw(error: RawJSON(text: #"{"name":"Error"}"#), retry: retry), options: nil)
    }
}

extension Partition {
    /// As if that many dispatches had been made.
    func skipGenerations(to last: Int64) { lastGeneration = last }
}
