import Dispatch
import Foundation
import StepwellCore
import StepwellModel
import StepwellStore
import Synchronization
import Testing

@testable import StepwellEngine

/// A store whose first run is damaged in a way that nobody foresaw: working on it kills the process.
private final class PoisonedStore: Store {
    let memory: MemoryStore
    init(_ state: MemoryState) { memory = MemoryStore(state) }

    func open(partition: Int) throws(StoreError) -> OpenedPartition { try memory.open(partition: partition) }
    func recover(partition: Int, into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try memory.recover(partition: partition, into: sink)
    }
    func commit(_ batch: Batch) throws(StoreError) { try memory.commit(batch) }
    func close() {}

    func load(_ request: LoadRequest, partition: Int) throws(StoreError) -> LoadResult {
        guard case .run(var loaded) = try memory.load(request, partition: partition), loaded.run.key.value == 1 else {
            return try memory.load(request, partition: partition)
        }
        loaded.jobs = [:]
        return .run(loaded)
    }
}

@Suite(.timeLimit(.minutes(1))) struct QuarantineTests {
    /// Two runs that have been called and not answered.
    private static func twoRuns() throws -> MemoryState {
        let store = GatedStore()
        let engine = try Engine(store: store, sink: TestSink())
        try engine.registerJob()
        _ = engine.askAndWait(engine.request(1))
        _ = engine.askAndWait(engine.request(2))
        engine.stop()
        return store.memory.state
    }

    /// Starts over a file of notes; the poisoned run kills this process.
    private static func startAndDie(_ path: String) throws {
        var options = Engine.Options()
        options.runNotePath = path
        let engine = try Engine(store: PoisonedStore(try twoRuns()), sink: TestSink(), options: options)
        DispatchSemaphore(value: 0).wait()
        engine.stop()
    }

    @Test func `a run that kills the process three times in a row is ended, and the others go on`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("note-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 1...3 {
            await #expect(processExitsWith: .failure) { [path = path as String] in
                try Self.startAndDie(path)
            }
        }
        var options = Engine.Options()
        options.runNotePath = path
        let store = PoisonedStore(try Self.twoRuns())
        let sink = TestSink()
        let engine = try Engine(store: store, sink: sink, options: options)
        sink.ordered.wait()
        engine.stop()
        #expect(sink.orders.withLock { $0.map(\.runKey) } == [RunKey(2)])
        let ended = store.memory.state.runs[RunKey(1)]
        #expect(ended?.status == .failed)
        #expect(ended?.output?.value(at: ["name"])?.string == "StepwellQuarantined")
    }

    @Test func `a run that was in hand at one death is tried again`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("note-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try RunNote(path: path).set(RunKey(7))
        #expect(try RunNote(path: path).poison == nil)
        try RunNote(path: path).set(RunKey(7))
        try RunNote(path: path).set(RunKey(8))
        try RunNote(path: path).set(RunKey(7))
        #expect(try RunNote(path: path).poison == nil)
    }
}
