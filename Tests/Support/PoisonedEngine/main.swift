import Dispatch
import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellStore
import Synchronization

// An engine over a store whose first run is damaged in a way that nobody foresaw: working on it kills the process. The file
// named by the first argument holds the note of the run in hand. Prints which runs are called and how the first one ended,
// if the process lives to tell.

/// The run's jobs have lost their details.
final class PoisonedStore: Store {
    let memory: MemoryStore
    init(_ state: MemoryState) { memory = MemoryStore(state) }

    func open(partition: Int) throws(StoreError) -> OpenedPartition { try memory.open(partition: partition) }
    func recover(partition: Int, into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try memory.recover(partition: partition, into: sink)
    }
    func commit(_ batch: Batch) throws(StoreError) { try memory.commit(batch) }
    func close() {}

    func load(_ request: LoadRequest, partition: Int) throws(StoreError) -> LoadResult {
        let result = try memory.load(request, partition: partition)
        guard case .run(var loaded) = result, loaded.run.key == RunKey(1) else { return result }
        loaded.jobs = [:]
        return .run(loaded)
    }
}

final class Sink: EffectSink {
    let ordered = DispatchSemaphore(value: 0)
    let runs = Mutex<[Int64]>([])

    func dispatch(_ orders: [CallOrder]) {
        runs.withLock { $0.append(contentsOf: orders.map(\.runKey.value)) }
        ordered.signal()
    }
    func request(_ orders: [GatewayOrder]) {}
    func configurationChanged(_ configuration: Configuration) {}
    func changed(_ runs: [RunKey]) {}
    func relieved() {}
    func failed(_ message: String) { print(message) }
}

/// Two runs that were called and not answered, as an earlier process left them.
func twoRuns() throws -> MemoryState {
    var state = MemoryState()
    let opened = state.open()
    let moment = Moment(SystemClock.wall())
    let partition = Partition(
        number: 0, settings: Settings(), epoch: opened.epoch, batchSequence: 0, marks: .none, at: moment, seed: 1)
    let text = """
        {"id":"app-job","name":"job","triggers":[{"event":"app/go"}],"steps":{"step":{"id":"step","name":"step",\
        "runtime":{"type":"http","url":"http://localhost:3000/api?fnId=app-job&stepId=step"}}}}
        """
    let function = try RegisteredFunction(RawJSON(validated: Array(text.utf8)).slice)
    let blueprint = try FunctionBlueprint(compiling: function, id: UUIDBytes(high: 1, low: 1))
    let registration = Registration(
        name: "app", id: UUIDBytes(high: 2, low: 2), url: "http://localhost:3000/api", sdk: "test:v1", framework: nil,
        version: nil, checksum: "1", functions: [blueprint])
    partition.apply(.register(registration, ReplyToken(1)), at: moment)
    for number in 1...2 {
        let id = ULID(time: moment.engine, entropyHigh: 0, entropyLow: UInt64(number))
        let payload = RawJSON(validated: Array(#"{"data":{},"id":"\#(id)","name":"app/go","ts":1,"user":{}}"#.utf8))
        let starts = partition.currentConfiguration.starts(
            for: EventView(name: "app/go", payload: payload), now: moment.wall)
        let event = IncomingEvent(
            id: id, name: "app/go", senderDigest: nil, timestamp: moment.wall,
            payload: payload, starts: starts)
        let request = EventsRequest(
            token: ReplyToken(2), events: [event], isSeeded: false,
            configurationVersion: partition.currentConfiguration.version)
        partition.apply(.events(request), at: moment)
    }
    if let batch = partition.takeOutput()?.batch { try state.apply(batch) }
    return state
}

var options = Engine.Options()
options.runNotePath = CommandLine.arguments[1]
let store = PoisonedStore(try twoRuns())
let sink = Sink()
let engine = try Engine(store: store, sink: sink, options: options)
sink.ordered.wait()
engine.stop()
let called = sink.runs.withLock { $0 }
let first = store.memory.state.runs[RunKey(1)]
print("called \(called), run 1 \(first?.output?.value(at: ["name"])?.string ?? "goes on")")
