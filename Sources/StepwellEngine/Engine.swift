import StepwellCore
import StepwellModel
import StepwellStore
import Synchronization

/// The shell round the state machine: clock, chance, mailbox, group commit, loads.
///
/// Three threads. The engine's drains the mailbox and applies inputs; the writer's makes batches durable, everything
/// that is ready as one; the loader's reads. Effects are released only after the commit of their batch, in order.
package final class Engine: Sendable {
    private let core: EngineCore
    private let threads: [OwnThread]
    private let clock: any Clock

    /// Opens the partition and goes on where it was left.
    ///
    /// - Throws: ``EngineError`` when the store cannot be opened or holds what this program does not understand.
    package init(
        store: any Store, sink: any EffectSink, settings: Settings = Settings(), options: Options = Options()
    ) throws(EngineError) {
        let core = EngineCore(store: store, sink: sink, settings: settings, options: options)
        self.core = core
        let opened = try core.openPartition()
        clock = opened.clock
        core.publish(opened.partition.currentConfiguration)
        let hand = Handover(opened)
        threads = [
            OwnThread { core.runEngine(hand.take()) },
            OwnThread { core.runWriter() },
            OwnThread { core.runLoader() },
        ]
    }

    package struct Options: Sendable {
        /// Beyond this many bytes in the mailbox, edges must stop reading. Default: 64 MiB.
        package var mailboxBytesMax = 64 << 20
        /// Start although the wall clock is more than a minute behind the last commit. Default: false.
        package var acceptsClockBehind = false
        /// All chance of the engine comes from it; nil for the machine's own. Default: nil.
        package var seed: UInt64?

        /// A small file in which the run in hand is noted, so that a run that kills the process three times in a row is
        /// ended instead of tried for ever. Default: none.
        package var runNotePath: String?

        /// Where the rules of schedules' time zones are found at the start. Default: UTC alone is known.
        package var zones: ZoneFinder = { _ in nil }

        package init() {}
    }

    /// The newest configuration that is durable.
    package var configuration: Configuration { core.configuration.withLock { $0 } }

    /// Hands an input to the engine.
    ///
    /// - Parameter bytes: What it costs in memory.
    /// - Returns: Whether the mailbox has room for more; when not, stop reading until ``EffectSink/relieved()``.
    @discardableResult
    package func post(_ input: Input, bytes: Int = 0) -> Bool { core.post(input, bytes: bytes) }

    /// Hands an input to the engine that is answered: `reply` is called once, on a thread of the engine's, and must not
    /// block.
    @discardableResult
    package func ask(
        bytes: Int = 0, reply: @escaping @Sendable (Reply) -> Void, _ input: (ReplyToken) -> Input
    ) -> Bool {
        let token = core.replies.expect(reply)
        let hasRoom = core.post(input(token), bytes: bytes)
        if core.isStopped { core.replies.answer(token, .refused(.stopped)) }
        return hasRoom
    }

    /// As ``ask(bytes:reply:_:)``, but the input goes to the engine with the rest of the bundle.
    package func ask(
        in bundle: inout InputBundle, bytes: Int, reply: @escaping @Sendable (Reply) -> Void,
        _ input: (ReplyToken) -> Input
    ) {
        let token = core.replies.expect(reply)
        bundle.tokens.append(token)
        bundle.add(input(token), bytes: bytes)
    }

    /// Hands several inputs to the engine, whose thread is woken once for all of them.
    ///
    /// - Returns: As ``post(_:bytes:)``.
    @discardableResult
    package func post(_ bundle: InputBundle) -> Bool {
        guard bundle.count > 0 else { return true }
        let hasRoom = core.post(bundle.inputs, bytes: bundle.bytes)
        if core.isStopped { for token in bundle.tokens { core.replies.answer(token, .refused(.stopped)) } }
        return hasRoom
    }

    /// The time by which the engine goes.
    package func now() -> Moment { clock.now() }

    /// The mailbox was full, and ``EffectSink/relieved()`` is still to come.
    package var isCongested: Bool { core.isCongestedNow }

    package var status: EngineStatus { core.status.withLock { $0 } }

    /// Makes no new call from now on; what is under way may still end.
    package func drain() { post(.drain) }

    /// Stops all threads, after what has arrived is durable, and closes the store. What cannot be written because the
    /// disk is full is given up: nobody was told that it was done.
    package func stop() {
        core.mailbox.close()
        core.abandonUnwritable()
        for thread in threads { thread.join() }
        core.replies.refuseAll()
        core.store.close()
    }
}

/// Inputs on their way to the engine together.
package struct InputBundle: Sendable {
    fileprivate var inputs: [Input] = []
    fileprivate var tokens: [ReplyToken] = []
    fileprivate var bytes = 0

    package init() {}

    package var count: Int { inputs.count }

    /// - Parameter bytes: What the input costs in memory.
    package mutating func add(_ input: Input, bytes: Int) {
        inputs.append(input)
        self.bytes += bytes
    }
}

/// How the engine is doing.
package struct EngineStatus: Sendable {
    package var unfinishedRuns = 0
    package var liveDispatches = 0
    package var committedSequence: Int64 = 0
    /// Batches are not written for now, or only from the store's reserve, and why: new work must be refused.
    package var storeTrouble: String?
    /// How often the store has been asked to make something durable.
    package var commits = 0
    package var epoch: Int64 = 0
}

/// Why the engine could not start.
package struct EngineError: Error, Sendable {
    package let message: String
    package init(_ message: String) { self.message = message }
}

/// Gives a value that is not Sendable to the one thread that will own it.
///
/// `@unchecked Sendable`: taken once, before which nobody else uses it.
private final class Handover<Value>: @unchecked Sendable {
    private var value: Value?
    init(_ value: Value) { self.value = value }
    func take() -> Value {
        guard let value = value.take() else { preconditionFailure("taken twice") }
        return value
    }
}
