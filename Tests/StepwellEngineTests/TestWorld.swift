import Dispatch
import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellStore
import Synchronization

/// A store that can be held, filled up and broken, over the real memory store.
final class GatedStore: Store {
    enum Mode: Sendable {
        case open
        case full
        case broken
    }

    let memory: MemoryStore
    let mode = Mutex(Mode.open)
    /// Signalled when a commit has begun, before it may go on.
    let begun = DispatchSemaphore(value: 0)
    private let gate = DispatchSemaphore(value: 0)
    private let isHeld = Mutex(false)
    private let sizes = Mutex<[Int]>([])

    init(_ state: MemoryState = MemoryState()) { memory = MemoryStore(state) }

    /// Commits wait until they are let through.
    func hold() { isHeld.withLock { $0 = true } }
    func letThrough() { gate.signal() }
    func release() {
        isHeld.withLock { $0 = false }
        gate.signal()
    }

    /// How many events each commit brought.
    var eventsPerCommit: [Int] { sizes.withLock { $0 } }

    func open(partition: Int) throws(StoreError) -> OpenedPartition { try memory.open(partition: partition) }
    func recover(partition: Int, into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try memory.recover(partition: partition, into: sink)
    }
    func load(_ request: LoadRequest, partition: Int) throws(StoreError) -> LoadResult {
        try memory.load(request, partition: partition)
    }
    func close() {}

    /// The reserve is in use.
    let isShort = Mutex(false)
    var shortage: StoreError? { isShort.withLock { $0 } ? StoreError(.full, "the reserve is in use") : nil }

    func commit(_ batch: Batch) throws(StoreError) {
        begun.signal()
        if isHeld.withLock({ $0 }) { gate.wait() }
        switch mode.withLock({ $0 }) {
        case .open: break
        case .full: throw StoreError(.full, "no space is left")
        case .broken: throw StoreError(.inputOutput, "the disk is gone")
        }
        try memory.commit(batch)
        let count = batch.writes.count { if case .insertEvent = $0 { true } else { false } }
        sizes.withLock { $0.append(count) }
    }
}

/// Workers that answer at once, and a note of everything that was told.
final class TestSink: EffectSink {
    let orders = Mutex<[CallOrder]>([])
    let failure = Mutex<String?>(nil)
    let ordered = DispatchSemaphore(value: 0)
    let wasRelieved = DispatchSemaphore(value: 0)
    let hasFailed = DispatchSemaphore(value: 0)

    func dispatch(_ orders: [CallOrder]) {
        self.orders.withLock { $0.append(contentsOf: orders) }
        for _ in orders { ordered.signal() }
    }
    func request(_ orders: [GatewayOrder]) {}
    func configurationChanged(_ configuration: Configuration) {}
    func changed(_ runs: [RunKey]) {}
    func relieved() { wasRelieved.signal() }
    func failed(_ message: String) {
        failure.withLock { $0 = message }
        hasFailed.signal()
    }
}

extension Engine {
    /// Waits for the reply to an input.
    func askAndWait(_ input: (ReplyToken) -> Input) -> Reply {
        let reply = Mutex<Reply?>(nil)
        let done = DispatchSemaphore(value: 0)
        ask(
            reply: { answer in
                reply.withLock { $0 = answer }
                done.signal()
            }, input)
        done.wait()
        return reply.withLock { $0 } ?? .refused(.stopped)
    }

    func registerJob() throws {
        let text = """
            {"id":"app-job","name":"job","triggers":[{"event":"app/go"}],"steps":{"step":{"id":"step","name":"step",\
            "runtime":{"type":"http","url":"http://localhost:3000/api?fnId=app-job&stepId=step"}}}}
            """
        let blueprint = try FunctionBlueprint(
            compiling: RegisteredFunction(RawJSON(validated: Array(text.utf8)).slice), id: UUIDBytes(high: 1, low: 1))
        _ = askAndWait { token in
            .register(
                Registration(
                    name: "app", id: UUIDBytes(high: 2, low: 2), url: "http://localhost:3000/api", sdk: "test:v1",
                    framework: nil, version: nil, checksum: "1", functions: [blueprint]), token)
        }
    }

    func event(_ number: UInt64) -> IncomingEvent {
        let id = ULID(time: SystemClock.wall(), entropyHigh: 0, entropyLow: number)
        let text = #"{"data":{},"id":"\#(id)","name":"app/go","ts":1700000000000,"user":{}}"#
        let payload = RawJSON(validated: Array(text.utf8))
        return IncomingEvent(
            id: id, name: "app/go", senderDigest: nil, timestamp: Timestamp(milliseconds: 1_700_000_000_000),
            payload: payload,
            starts: configuration.starts(for: EventView(name: "app/go", payload: payload), now: SystemClock.wall()))
    }

    func request(_ number: UInt64) -> (ReplyToken) -> Input {
        let event = event(number)
        let version = configuration.version
        return { .events(EventsRequest(token: $0, events: [event], isSeeded: false, configurationVersion: version)) }
    }
}
