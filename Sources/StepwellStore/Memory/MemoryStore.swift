package import StepwellCore
import Synchronization

/// A store without a file: for simulations and for tests that run the real engine on virtual time.
///
/// A crash is to take ``state`` and to make a new store of it; what was not committed is in neither.
package final class MemoryStore: Store {
    private let content: Mutex<MemoryState>

    /// Opens over what an earlier store had committed; over nothing by default.
    package init(_ state: MemoryState = MemoryState()) { content = Mutex(state) }

    /// What is committed at this moment.
    package var state: MemoryState { content.withLock { $0 } }

    package func open(partition: Int) throws(StoreError) -> OpenedPartition {
        try check(partition)
        return content.withLock { $0.open() }
    }

    package func recover(partition: Int, into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try check(partition)
        state.recover(into: sink)
    }

    package func commit(_ batch: Batch) throws(StoreError) {
        try check(batch.partition)
        try content.withLock { (state) throws(StoreError) in try state.apply(batch) }
    }

    package func load(_ request: LoadRequest, partition: Int) throws(StoreError) -> LoadResult {
        try check(partition)
        return try content.withLock { (state) throws(StoreError) in try state.load(request) }
    }

    package func close() {}

    private func check(_ partition: Int) throws(StoreError) {
        guard partition == 0 else { throw .unknownPartition(partition) }
    }
}
