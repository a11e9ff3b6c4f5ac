import StepwellCore
import StepwellSQLite
import StepwellStore

/// A data file with its reader, closed in the order that leaves no log beside the file: the reader first.
final class DataFileStore: Store {
    let reader: SQLiteReader
    private let store: SQLiteStore

    var path: String { store.path }

    init(path: String) throws(StoreError) {
        store = try SQLiteStore(path: path)
        do throws(StoreError) {
            reader = try SQLiteReader(path: store.path)
        } catch {
            store.close()
            throw error
        }
    }

    func open(partition: Int) throws(StoreError) -> OpenedPartition { try store.open(partition: partition) }

    func recover(partition: Int, into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try store.recover(partition: partition, into: sink)
    }

    func commit(_ batch: Batch) throws(StoreError) { try store.commit(batch) }

    func load(_ request: LoadRequest, partition: Int) throws(StoreError) -> LoadResult {
        try store.load(request, partition: partition)
    }

    var shortage: StoreError? { store.shortage }

    func close() {
        reader.close()
        store.close()
    }
}
