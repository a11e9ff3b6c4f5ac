import StepwellCore
import StepwellModel
import StepwellStore

/// Debounces and batches.
extension WriteStatements {
    func replaceEvent(
        of run: RunKey, with event: EventKey, _ keys: LimitKeys, _ correlationID: String?
    ) throws(StoreError) {
        dropReplaced.bind(1, run.value)
        dropReplaced.bind(2, Int64(DropReason.replaced.rawValue))
        try dropReplaced.run()
        replaceRunEvent.bind(1, run.value)
        replaceRunEvent.bind(2, event.value)
        replaceRunEvent.bind(3, TextList.json(keys.concurrency))
        replaceRunEvent.bind(4, keys.throttle)
        replaceRunEvent.bind(5, keys.run)
        replaceRunEvent.bind(6, keys.singleton)
        replaceRunEvent.bind(7, keys.priority)
        replaceRunEvent.bind(8, correlationID)
        try replaceRunEvent.run()
    }

    func insert(_ row: DroppedStartRow) throws(StoreError) {
        insertDroppedStart.bind(1, row.eventKey.value)
        insertDroppedStart.bind(2, row.functionKey.value)
        insertDroppedStart.bind(3, Int64(row.reason.rawValue))
        if let run = row.runKey { insertDroppedStart.bind(4, run.value) } else { insertDroppedStart.bindNull(4) }
        try insertDroppedStart.run()
    }

    func insert(_ row: RunEventRow) throws(StoreError) {
        insertRunEvent.bind(1, row.runKey.value)
        insertRunEvent.bind(2, row.position)
        insertRunEvent.bind(3, row.eventKey.value)
        try insertRunEvent.run()
    }

    func insert(_ row: HoldRow) throws(StoreError) {
        insertHold.bind(1, row.jobKey.value)
        insertHold.bind(2, bits: row.keyHash)
        insertHold.bind(3, row.deadline)
        insertHold.bind(4, row.progress.eventTime)
        insertHold.bind(5, row.progress.events)
        insertHold.bind(6, row.progress.bytes)
        insertHold.bind(7, row.key)
        try insertHold.run()
    }

    func updateHold(of job: JobKey, _ progress: HoldProgress) throws(StoreError) {
        updateHold.bind(1, job.value)
        updateHold.bind(2, progress.eventTime)
        updateHold.bind(3, progress.events)
        updateHold.bind(4, progress.bytes)
        try updateHold.run()
    }

    func deleteHold(of job: JobKey) throws(StoreError) {
        deleteHold.bind(1, job.value)
        try deleteHold.run()
    }
}
