import Glibc
import StepwellCore
import StepwellExpressions
import StepwellModel
import StepwellStore
import Synchronization

/// What the engine's threads share, and what each of them does.
final class EngineCore: Sendable {
    let store: any Store
    let sink: any EffectSink
    let settings: Settings
    let options: Engine.Options
    let mailbox = Mailbox<Input>()
    let replies = Replies()
    let configuration = Mutex(Configuration.empty)
    let status = Mutex(EngineStatus())
    private let outputs = Mailbox<Partition.Output>()
    private let loads = Mailbox<Load>()
    private let isWriting = Atomic(false)
    private let isCongested = Atomic(false)
    private let hasStopped = Atomic(false)
    private let isAbandoned = Atomic(false)

    init(store: any Store, sink: any EffectSink, settings: Settings, options: Engine.Options) {
        self.store = store
        self.sink = sink
        var settings = settings
        settings.clockResolution = SystemClock.resolution
        self.settings = settings
        self.options = options
    }

    var isStopped: Bool { hasStopped.load(ordering: .acquiring) }

    var isCongestedNow: Bool { isCongested.load(ordering: .acquiring) }

    func post(_ input: Input, bytes: Int) -> Bool {
        hasRoom(after: mailbox.post(input, bytes: bytes))
    }

    func post(_ inputs: [Input], bytes: Int) -> Bool {
        hasRoom(after: mailbox.post(contentsOf: inputs, bytes: bytes))
    }

    private func hasRoom(after waiting: Int?) -> Bool {
        guard let waiting else { return false }
        if waiting > options.mailboxBytesMax {
            isCongested.store(true, ordering: .releasing)
            // The engine may have taken everything before it could see this: let it look once more.
            mailbox.post(.tick)
            return false
        }
        return true
    }

    /// A batch that cannot be written now is given up.
    func abandonUnwritable() { isAbandoned.store(true, ordering: .releasing) }

    func publish(_ newest: Configuration) {
        configuration.withLock { $0 = newest }
        sink.configurationChanged(newest)
    }

    // MARK: - The engine's thread

    func runEngine(_ opened: Opened) {
        let partition = opened.partition
        let clock = opened.clock
        // Recovery has set things going.
        passOn(partition)
        while true {
            let inputs = mailbox.take(withinMilliseconds: patience(partition, at: clock.now()))
            let moment = clock.now()
            for input in inputs {
                opened.note?.clear()
                partition.apply(input, at: moment)
                // Of very many inputs the writer gets the first ones while the others are applied.
                if !partition.hasRoomInBatch { passOn(partition) }
            }
            if inputs.isEmpty || partition.hasMoreWork { partition.apply(.tick, at: moment) }
            opened.note?.clear()
            passOn(partition)
            if isCongested.exchange(false, ordering: .acquiringAndReleasing) { sink.relieved() }
            if mailbox.isFinished { break }
        }
        hasStopped.store(true, ordering: .releasing)
        if let output = partition.takeOutput() { outputs.post(output) }
        outputs.close()
        loads.close()
    }

    private func passOn(_ partition: Partition) {
        for load in partition.takeLoads() { loads.post(load) }
        handOver(partition)
        note(partition)
    }

    /// How long there is nothing to do, in milliseconds; nil when only an input can change that.
    private func patience(_ partition: Partition, at moment: Moment) -> Int64? {
        if partition.hasMoreWork { return 0 }
        let due = partition.nextDue
        let engine = due.engine.map { ($0 - moment.engine).count }
        let wall = due.wall.map { ($0 - moment.wall).count }
        guard let nearest = [engine, wall].compactMap({ $0 }).min() else { return nil }
        // What is due and was not done waits for loads or a commit, whose end is an input; or it has become due since the
        // last input.
        if nearest <= 0 { return partition.awaitsLoads || !partition.hasRoomInBatch ? nil : 0 }
        // The wall clock may be set while we sleep: look at it once an hour.
        return min(nearest, 3_600_000)
    }

    /// Gives the writer everything that is ready, when it has nothing to do; what is left goes with the next batch.
    private func handOver(_ partition: Partition) {
        guard !isWriting.load(ordering: .acquiring), let output = partition.takeOutput() else { return }
        if output.batch == nil {
            release(output.effects)
        } else {
            isWriting.store(true, ordering: .releasing)
            outputs.post(output)
        }
    }

    private func note(_ partition: Partition) {
        status.withLock {
            $0.unfinishedRuns = partition.unfinishedRunCount
            $0.liveDispatches = partition.liveDispatchCount
        }
    }

    // MARK: - The writer's thread

    func runWriter() {
        while true {
            // While space is short, look once a second whether someone has made some.
            let ready = outputs.take(withinMilliseconds: status.withLock { $0.storeTrouble == nil } ? nil : 1_000)
            if ready.isEmpty {
                if outputs.isFinished { break }
                noteShortage()
            }
            for output in ready {
                if let batch = output.batch, !commit(batch) { return }
                release(output.effects)
                isWriting.store(false, ordering: .releasing)
                if let batch = output.batch { mailbox.post(.committed(batch.sequence)) }
            }
        }
    }

    /// Makes a batch durable, however long the disk is full or the file busy. Any other failure ends the process.
    ///
    /// - Returns: False when the engine was told to stop while the batch could not be written: nothing of it was told to
    ///   anyone, so whoever waits for it knows no more than after a crash.
    private func commit(_ batch: Batch) -> Bool {
        var delay: UInt32 = 10_000
        while true {
            do {
                try store.commit(batch)
                status.withLock {
                    $0.committedSequence = batch.sequence
                    $0.commits += 1
                }
                noteShortage()
                return true
            } catch {
                guard error.isRetriable else {
                    sink.failed(error.message)
                    // The sink ends the process; nothing may be released meanwhile.
                    while true { sleep(1) }
                }
                status.withLock { $0.storeTrouble = error.message }
                if isAbandoned.load(ordering: .acquiring) { return false }
                usleep(delay)
                delay = min(delay * 2, 1_000_000)
            }
        }
    }

    /// The store takes batches, and may say all the same that nothing new should be accepted.
    private func noteShortage() {
        let shortage = store.shortage?.message
        status.withLock { $0.storeTrouble = shortage }
    }

    private func release(_ effects: [Effect]) {
        var orders: [CallOrder] = []
        var requests: [GatewayOrder] = []
        var changed: [RunKey] = []
        for effect in effects {
            switch effect {
            case .reply(let token, let reply): replies.answer(token, reply)
            case .dispatch(let order): orders.append(order)
            case .request(let order): requests.append(order)
            case .configure(let configuration): publish(configuration)
            case .changed(let run): if changed.last != run { changed.append(run) }
            }
        }
        if !orders.isEmpty { sink.dispatch(orders) }
        if !requests.isEmpty { sink.request(requests) }
        if !changed.isEmpty { sink.changed(changed) }
    }

    // MARK: - The loader's thread

    func runLoader() {
        while true {
            let ready = loads.take(withinMilliseconds: nil)
            if ready.isEmpty { break }
            for load in ready {
                do {
                    mailbox.post(.loaded(ticket: load.ticket, try store.load(load.request, partition: 0)))
                } catch {
                    sink.failed("a run could not be read: \(error.message)")
                    while true { sleep(1) }
                }
            }
        }
    }
}
