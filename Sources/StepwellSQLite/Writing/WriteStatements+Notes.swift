import StepwellCore
import StepwellModel
import StepwellStore

/// Deferred functions and metadata.
extension WriteStatements {
    func insert(_ row: DeferRow, input: StoredPayload) throws(StoreError) {
        insertDefer.bind(1, row.runKey.value)
        insertDefer.bind(2, row.position)
        insertDefer.bind(3, row.id)
        insertDefer.bind(4, row.function)
        insertDefer.bind(5, Int64(row.status.rawValue))
        insertDefer.bind(6, input)
        insertDefer.bind(7, row.note)
        try insertDefer.run()
    }

    func abortDefer(of run: RunKey, at position: Int) throws(StoreError) {
        abortDefer.bind(1, run.value)
        abortDefer.bind(2, position)
        abortDefer.bind(3, Int64(DeferStatus.aborted.rawValue))
        try abortDefer.run()
    }

    func insert(_ row: MetadataRow) throws(StoreError) {
        insertMetadata.bind(1, row.runKey.value)
        insertMetadata.bind(2, row.position)
        insertMetadata.bind(3, row.stepID)
        insertMetadata.bind(4, row.kind)
        insertMetadata.bind(5, Int64(row.operation.rawValue))
        insertMetadata.bind(6, row.recordedAt)
        insertMetadata.bind(7, row.values)
        try insertMetadata.run()
    }
}
