import Dispatch
import Glibc
import StepwellCore
import StepwellModel
import StepwellStore
import Synchronization
import Testing

@testable import StepwellEngine

@Suite(.timeLimit(.minutes(1))) struct EngineTests {
    @Test func `an event becomes a finished run`() throws {
        let store = GatedStore()
        let sink = TestSink()
        let engine = try Engine(store: store, sink: sink)
        try engine.registerJob()
        guard case .accepted(let ids) = engine.askAndWait(engine.request(1)) else { throw Unexpected() }
        #expect(ids.count == 1)
        sink.ordered.wait()
        let order = try #require(sink.orders.withLock { $0.first })
        engine.post(.answer(CallAnswer(generation: order.generation, outcome: .completed(output: RawJSON("1")))))
        guard case .pong = engine.askAndWait({ .ping($0) }) else { throw Unexpected() }
        engine.stop()
        #expect(store.memory.state.runs.values.map(\.status) == [.completed])
    }

    @Test func `nothing is told before it is durable`() throws {
        let store = GatedStore()
        let sink = TestSink()
        let engine = try Engine(store: store, sink: sink)
        try engine.registerJob()
        while store.begun.wait(timeout: .now()) == .success {}
        store.hold()
        let isAnswered = Atomic(false)
        let answered = DispatchSemaphore(value: 0)
        engine.ask(
            reply: { _ in
                isAnswered.store(true, ordering: .releasing)
                answered.signal()
            }, engine.request(1))
        store.begun.wait()
        let isEarly = isAnswered.load(ordering: .acquiring)
        #expect(!isEarly)
        #expect(sink.orders.withLock { $0.isEmpty })
        store.release()
        answered.wait()
        sink.ordered.wait()
        engine.stop()
    }

    @Test func `what arrives while a batch is written is one batch together`() throws {
        let store = GatedStore()
        let engine = try Engine(store: store, sink: TestSink())
        try engine.registerJob()
        while store.begun.wait(timeout: .now()) == .success {}
        store.hold()
        let answered = DispatchSemaphore(value: 0)
        engine.ask(reply: { _ in answered.signal() }, engine.request(1))
        store.begun.wait()
        for number in 2...100 { engine.ask(reply: { _ in answered.signal() }, engine.request(UInt64(number))) }
        while engine.status.unfinishedRuns < 100 { usleep(1_000) }
        store.release()
        for _ in 1...100 { answered.wait() }
        engine.stop()
        #expect(store.eventsPerCommit.filter { $0 > 0 } == [1, 99])
    }

    @Test func `a batch that finds no space is tried again unchanged, and nothing is told meanwhile`() throws {
        let store = GatedStore()
        let engine = try Engine(store: store, sink: TestSink())
        try engine.registerJob()
        while store.begun.wait(timeout: .now()) == .success {}
        store.mode.withLock { $0 = .full }
        let isAnswered = Atomic(false)
        let answered = DispatchSemaphore(value: 0)
        engine.ask(
            reply: { _ in
                isAnswered.store(true, ordering: .releasing)
                answered.signal()
            }, engine.request(1))
        for _ in 0..<3 { store.begun.wait() }
        let isEarly = isAnswered.load(ordering: .acquiring)
        #expect(!isEarly)
        #expect(engine.status.storeTrouble == "no space is left")
        store.mode.withLock { $0 = .open }
        answered.wait()
        #expect(engine.status.storeTrouble == nil)
        engine.stop()
        #expect(store.memory.state.events.count == 1)
    }

    @Test func `a store that lives on its reserve is in trouble until there is room again`() throws {
        let store = GatedStore()
        let engine = try Engine(store: store, sink: TestSink())
        try engine.registerJob()
        store.isShort.withLock { $0 = true }
        _ = engine.askAndWait(engine.request(1))
        #expect(engine.status.storeTrouble == "the reserve is in use")
        store.isShort.withLock { $0 = false }
        _ = engine.askAndWait(engine.request(2))
        #expect(engine.status.storeTrouble == nil)
        engine.stop()
    }

    @Test func `any other failure of the store is told once and nothing is released`() throws {
        let store = GatedStore()
        let sink = TestSink()
        let engine = try Engine(store: store, sink: sink)
        try engine.registerJob()
        store.mode.withLock { $0 = .broken }
        let isAnswered = Atomic(false)
        engine.ask(reply: { _ in isAnswered.store(true, ordering: .releasing) }, engine.request(1))
        sink.hasFailed.wait()
        #expect(sink.failure.withLock { $0 } == "the disk is gone")
        let isEarly = isAnswered.load(ordering: .acquiring)
        #expect(!isEarly)
    }

    @Test func `a stop makes durable what has arrived, and refuses what comes later`() throws {
        let store = GatedStore()
        let engine = try Engine(store: store, sink: TestSink())
        try engine.registerJob()
        for number in 1...50 { engine.ask(reply: { _ in }, engine.request(UInt64(number))) }
        let late = engine.request(51)
        engine.stop()
        #expect(store.memory.state.events.count == 50)
        guard case .refused(.stopped) = engine.askAndWait(late) else { throw Unexpected() }
    }

    @Test func `a new engine over the same store calls again what was under way`() throws {
        let store = GatedStore()
        let sink = TestSink()
        let engine = try Engine(store: store, sink: sink)
        try engine.registerJob()
        _ = engine.askAndWait(engine.request(1))
        sink.ordered.wait()
        let before = try #require(sink.orders.withLock { $0.first })
        engine.stop()

        let secondSink = TestSink()
        let second = try Engine(store: GatedStore(store.memory.state), sink: secondSink)
        secondSink.ordered.wait()
        let after = try #require(secondSink.orders.withLock { $0.first })
        #expect(after.runID == before.runID && after.generation >> 20 == (before.generation >> 20) + 1)
        second.stop()
    }

    @Test func `a mailbox that is over its limit says so, and later that there is room`() throws {
        let store = GatedStore()
        let sink = TestSink()
        var options = Engine.Options()
        options.mailboxBytesMax = 1_000
        let engine = try Engine(store: store, sink: sink, options: options)
        #expect(engine.post(.tick, bytes: 10))
        #expect(!engine.post(.tick, bytes: 2_000))
        sink.wasRelieved.wait()
        engine.stop()
    }

    @Test func `a clock that is behind the last commit stops the start unless that is accepted`() throws {
        let store = MemoryStore()
        let opened = try store.open(partition: 0)
        let future = SystemClock.wall() + .minutes(5)
        try store.commit(Batch(partition: 0, epoch: opened.epoch, sequence: 1, engineTime: future, writes: []))
        #expect { try Engine(store: MemoryStore(store.state), sink: TestSink()) } throws: { error in
            (error as? EngineError)?.message.hasPrefix("SW0301") ?? false
        }
        var options = Engine.Options()
        options.acceptsClockBehind = true
        let engine = try Engine(store: MemoryStore(store.state), sink: TestSink(), options: options)
        engine.stop()
    }

    @Test func `engine time starts no earlier than the last commit`() {
        let last = SystemClock.wall() + .seconds(30)
        let clock = SystemClock(notBefore: last)
        #expect(clock.now().engine >= last && clock.now().wall < last)
    }
}

struct Unexpected: Error {}
