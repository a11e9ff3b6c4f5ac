import StepwellCore
import StepwellModel
import StepwellStore

/// The statements of a batch, prepared once and bound by position.
final class WriteStatements {
    let begin: Statement
    let commit: Statement
    let rollBack: Statement
    let raiseEpoch: Statement
    /// The partition's row: epoch, sequence, engine time and marks.
    let partition: Statement

    private let advance: Statement
    private let putApp: Statement
    private let putFunction: Statement
    private let insertEvent: Statement
    private let insertIdempotency: Statement
    private let insertRun: Statement
    private let insertRerun: Statement
    private let runStatus: Statement
    private let updateRun: Statement
    private let finishRun: Statement
    private let addToRunCount: Statement
    private let insertStep: Statement
    private let insertAttempt: Statement
    private let putJob: Statement
    private let deleteJob: Statement
    private let deleteWait: Statement
    private let insertWait: Statement
    private let endLookBack: Statement
    private let matchWait: Statement
    let insertDroppedStart: Statement
    let dropReplaced: Statement
    let replaceRunEvent: Statement
    let replaceLimitKeys: Statement
    let replaceLimitHashes: Statement
    let insertRunEvent: Statement
    let insertHold: Statement
    let updateHold: Statement
    let deleteHold: Statement
    private let insertDelivery: Statement
    private let deleteDelivery: Statement
    let insertDefer: Statement
    let abortDefer: Statement
    let insertMetadata: Statement
    private let putThrottle: Statement
    private let putRateLimit: Statement
    private let deleteRateLimit: Statement
    private let putCron: Statement
    private let putFunctionState: Statement
    let insertResend: Statement
    let insertBulk: Statement
    let withdrawBulk: Statement
    let insertAudit: Statement
    let updateBulk: Statement
    let putKeyRenewal: Statement
    let deleteKeyRenewal: Statement

    init(_ connection: Connection) throws(StoreError) {
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        rollBack = try connection.prepare("ROLLBACK")
        raiseEpoch = try connection.prepare(
            """
            INSERT INTO partitions VALUES (0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
            ON CONFLICT (partition) DO UPDATE SET epoch = epoch + 1
            """)
        partition = try connection.prepare(
            """
            SELECT epoch, batch_sequence, engine_time, app_mark, function_mark, event_mark, run_mark, job_mark, attempt_mark
            FROM partitions WHERE partition = 0
            """)
        advance = try connection.prepare(
            """
            UPDATE partitions SET
                batch_sequence = ?2, engine_time = ?3, app_mark = ?4, function_mark = ?5, event_mark = ?6, run_mark = ?7,
                job_mark = ?8, attempt_mark = ?9, epoch = epoch + ?10
            WHERE partition = 0 AND epoch = ?1 AND batch_sequence = ?2 - 1
            """)
        putApp = try connection.prepare("INSERT OR REPLACE INTO apps VALUES (?,?,?,?,?,?,?,?,?,?,?)")
        putFunction = try connection.prepare("INSERT OR REPLACE INTO functions VALUES (?,?,?,?,?,?,?,?)")
        insertEvent = try connection.prepare("INSERT INTO events VALUES (?,?,?,?,?)")
        insertIdempotency = try connection.prepare("INSERT OR REPLACE INTO idempotency VALUES (?,?,?,?,?)")
        insertRun = try connection.prepare("INSERT INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        insertRerun = try connection.prepare("INSERT INTO reruns VALUES (?,?,?,?,?)")
        runStatus = try connection.prepare("SELECT function, status FROM runs WHERE key = ?")
        updateRun = try connection.prepare(
            "UPDATE runs SET status = ?2, started_at = ?3, request_version = ?4, forces_step_plan = ?5 WHERE key = ?1")
        finishRun = try connection.prepare("UPDATE runs SET status = ?2, ended_at = ?3, output = ?4 WHERE key = ?1")
        addToRunCount = try connection.prepare(
            "INSERT INTO run_counts VALUES (?,?,?) ON CONFLICT DO UPDATE SET runs = runs + excluded.runs")
        insertStep = try connection.prepare("INSERT INTO steps VALUES (?,?,?,?,?,?,?,?,?,?)")
        insertAttempt = try connection.prepare("INSERT INTO attempts VALUES (?,?,?,?,?,?,?,?,?)")
        // Not a replacement: a job that changes keeps its run, and so its entry in the index on runs is not touched.
        putJob = try connection.prepare(
            """
            INSERT INTO jobs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
            ON CONFLICT (key) DO UPDATE SET
                function = excluded.function, kind = excluded.kind, due = excluded.due,
                is_due_on_wall_clock = excluded.is_due_on_wall_clock, attempt = excluded.attempt,
                step_group = excluded.step_group, is_racing = excluded.is_racing, is_admitted = excluded.is_admitted,
                cause = excluded.cause, concurrency_hash_1 = excluded.concurrency_hash_1,
                concurrency_hash_2 = excluded.concurrency_hash_2, throttle_hash = excluded.throttle_hash,
                created_at = excluded.created_at, step_id = excluded.step_id, step_name = excluded.step_name,
                options = excluded.options, run_hash = excluded.run_hash, singleton_hash = excluded.singleton_hash,
                priority = excluded.priority
            WHERE run = excluded.run
            """)
        deleteJob = try connection.prepare("DELETE FROM jobs WHERE key = ?")
        deleteWait = try connection.prepare("DELETE FROM waits WHERE job = ?")
        insertWait = try connection.prepare("INSERT INTO waits VALUES (?,?,?,?,?,?,?,?,?)")
        endLookBack = try connection.prepare("UPDATE waits SET looks_back_to = NULL WHERE job = ?")
        matchWait = try connection.prepare("UPDATE waits SET matched_event = ?2 WHERE job = ?1")
        insertDroppedStart = try connection.prepare("INSERT OR REPLACE INTO dropped_starts VALUES (?,?,?,?)")
        dropReplaced = try connection.prepare(
            "INSERT OR REPLACE INTO dropped_starts SELECT event, function, ?2, key FROM runs WHERE key = ?1")
        replaceRunEvent = try connection.prepare(
            """
            UPDATE runs SET
                event = ?2, concurrency_keys = ?3, throttle_key = ?4, run_key = ?5, singleton_key = ?6, priority = ?7,
                correlation_id = ?8
            WHERE key = ?1
            """)
        replaceLimitKeys = try connection.prepare(
            """
            UPDATE runs SET concurrency_keys = ?2, throttle_key = ?3, run_key = ?4, singleton_key = ?5, priority = ?6
            WHERE key = ?1
            """)
        replaceLimitHashes = try connection.prepare(
            """
            UPDATE jobs SET
                concurrency_hash_1 = ?2, concurrency_hash_2 = ?3, throttle_hash = ?4, run_hash = ?5, singleton_hash = ?6,
                priority = ?7
            WHERE run = ?1
            """)
        insertRunEvent = try connection.prepare("INSERT INTO run_events VALUES (?,?,?)")
        insertHold = try connection.prepare("INSERT INTO holds VALUES (?,?,?,?,?,?,?)")
        updateHold = try connection.prepare(
            "UPDATE holds SET event_time = ?2, events = ?3, bytes = ?4 WHERE job = ?1")
        deleteHold = try connection.prepare("DELETE FROM holds WHERE job = ?")
        insertDelivery = try connection.prepare("INSERT INTO deliveries VALUES (?,?)")
        deleteDelivery = try connection.prepare("DELETE FROM deliveries WHERE event = ?")
        insertDefer = try connection.prepare("INSERT INTO defers VALUES (?,?,?,?,?,?,?)")
        abortDefer = try connection.prepare("UPDATE defers SET status = ?3 WHERE run = ?1 AND position = ?2")
        insertMetadata = try connection.prepare("INSERT INTO metadata VALUES (?,?,?,?,?,?,?)")
        putThrottle = try connection.prepare("INSERT OR REPLACE INTO throttles VALUES (?,?,?)")
        putRateLimit = try connection.prepare("INSERT OR REPLACE INTO rate_limits VALUES (?,?,?)")
        putCron = try connection.prepare("INSERT OR REPLACE INTO crons VALUES (?,?,?)")
        insertResend = try connection.prepare("INSERT INTO resends VALUES (?,?,?)")
        insertBulk = try connection.prepare(
            "INSERT INTO bulk_work VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        updateBulk = try connection.prepare(
            """
            UPDATE bulk_work SET state = ?2, ended_at = ?3, cursor_run = ?4, found = ?5, done = ?6, refused = ?7 WHERE id = ?1
            """)
        putKeyRenewal = try connection.prepare("INSERT OR REPLACE INTO key_renewals VALUES (0,?,?,?)")
        deleteKeyRenewal = try connection.prepare("DELETE FROM key_renewals")
        withdrawBulk = try connection.prepare("UPDATE bulk_work SET origin = 2 WHERE id = ? AND origin = 1")
        insertAudit = try connection.prepare("INSERT INTO audit_log VALUES (?,?,?,?,?,?,?,?)")
        putFunctionState = try connection.prepare("INSERT OR REPLACE INTO function_states VALUES (?,?,?)")
        deleteRateLimit = try connection.prepare("DELETE FROM rate_limits WHERE function = ? AND key_hash = ?")
    }

    func advance(_ batch: Batch, _ marks: KeyMarks) throws(StoreError) {
        advance.bind(1, batch.epoch)
        advance.bind(2, batch.sequence)
        advance.bind(3, batch.engineTime)
        advance.bind(4, marks.app)
        advance.bind(5, marks.function)
        advance.bind(6, marks.event)
        advance.bind(7, marks.run)
        advance.bind(8, marks.job)
        advance.bind(9, marks.attempt)
        advance.bind(10, batch.raisesEpoch ? Int64(1) : Int64(0))
        try advance.run()
    }

    func put(_ row: AppRow) throws(StoreError) {
        putApp.bind(1, row.key.value)
        putApp.bind(2, row.name)
        putApp.bind(3, row.id.description)
        putApp.bind(4, row.url)
        putApp.bind(5, row.sdk)
        putApp.bind(6, row.framework)
        putApp.bind(7, row.version)
        putApp.bind(8, row.checksum)
        putApp.bind(9, row.syncedAt)
        putApp.bind(10, row.error)
        putApp.bind(11, row.removedAt)
        try putApp.run()
    }

    func put(_ row: FunctionRow) throws(StoreError) {
        putFunction.bind(1, row.key.value)
        putFunction.bind(2, row.appKey.value)
        putFunction.bind(3, row.id.description)
        putFunction.bind(4, row.slug)
        putFunction.bind(5, row.version)
        putFunction.bind(6, row.configuration)
        putFunction.bind(7, row.createdAt)
        putFunction.bind(8, row.archivedAt)
        try putFunction.run()
    }

    func put(_ row: ThrottleRow) throws(StoreError) {
        putThrottle.bind(1, row.functionKey.value)
        putThrottle.bind(2, bits: row.keyHash)
        putThrottle.bind(3, row.arrivalMicroseconds)
        try putThrottle.run()
    }

    func put(_ row: RateLimitRow) throws(StoreError) {
        putRateLimit.bind(1, row.functionKey.value)
        putRateLimit.bind(2, bits: row.keyHash)
        putRateLimit.bind(3, row.arrivalMicroseconds)
        try putRateLimit.run()
    }

    func deleteRateLimit(of function: FunctionKey, keyHash: UInt64) throws(StoreError) {
        deleteRateLimit.bind(1, function.value)
        deleteRateLimit.bind(2, bits: keyHash)
        try deleteRateLimit.run()
    }

    func put(_ row: CronRow) throws(StoreError) {
        putCron.bind(1, row.functionKey.value)
        putCron.bind(2, row.expression)
        putCron.bind(3, row.lastTick)
        try putCron.run()
    }

    func put(_ row: FunctionStateRow) throws(StoreError) {
        putFunctionState.bind(1, row.functionKey.value)
        putFunctionState.bind(2, Int64(row.state.rawValue))
        putFunctionState.bind(3, row.since)
        try putFunctionState.run()
    }
}

/// Events and runs.
extension WriteStatements {
    func insert(_ row: EventRow, payload: StoredPayload) throws(StoreError) {
        insertEvent.bind(1, row.key.value)
        insertEvent.bind(2, utf8: row.id.textBytes)
        insertEvent.bind(3, row.name)
        insertEvent.bind(4, row.receivedAt)
        insertEvent.bind(5, payload)
        try insertEvent.run()
    }

    func insert(_ row: IdempotencyRow) throws(StoreError) {
        insertIdempotency.bind(1, bits: row.digest.high)
        insertIdempotency.bind(2, bits: row.digest.low)
        insertIdempotency.bind(3, row.functionKey.value)
        insertIdempotency.bind(4, row.runKey.value)
        insertIdempotency.bind(5, row.createdAt)
        try insertIdempotency.run()
    }

    func insert(_ row: RunRow, output: StoredPayload) throws(StoreError) {
        insertRun.bind(1, row.key.value)
        insertRun.bind(2, utf8: row.id.textBytes)
        insertRun.bind(3, row.functionKey.value)
        insertRun.bind(4, row.functionVersion)
        insertRun.bind(5, row.eventKey.value)
        insertRun.bind(6, Int64(row.status.rawValue))
        insertRun.bind(7, row.queuedAt)
        insertRun.bind(8, row.startedAt)
        insertRun.bind(9, row.endedAt)
        insertRun.bind(10, row.requestVersion)
        insertRun.bind(11, row.forcesStepPlan)
        insertRun.bind(12, TextList.json(row.limitKeys.concurrency))
        insertRun.bind(13, row.limitKeys.throttle)
        insertRun.bind(14, row.correlationID)
        insertRun.bind(15, output)
        insertRun.bind(16, row.limitKeys.run)
        insertRun.bind(17, row.limitKeys.singleton)
        insertRun.bind(18, row.limitKeys.priority)
        try insertRun.run()
    }

    func insert(_ row: RerunRow, input: StoredPayload) throws(StoreError) {
        insertRerun.bind(1, row.runKey.value)
        insertRerun.bind(2, utf8: row.originalID.textBytes)
        insertRerun.bind(3, row.stepID)
        insertRerun.bind(4, input)
        if let bulk = row.bulkID { insertRerun.bind(5, utf8: bulk.textBytes) } else { insertRerun.bindNull(5) }
        try insertRerun.run()
    }

    func functionAndStatus(of key: RunKey) throws(StoreError) -> (FunctionKey, Int64)? {
        runStatus.bind(1, key.value)
        guard try runStatus.step() else { return nil }
        defer { runStatus.reset() }
        return (FunctionKey(runStatus.integer(0)), runStatus.integer(1))
    }

    func updateRun(
        _ key: RunKey, status: RunStatus, startedAt: Timestamp?, requestVersion: Int, forcesStepPlan: Bool
    ) throws(StoreError) {
        updateRun.bind(1, key.value)
        updateRun.bind(2, Int64(status.rawValue))
        updateRun.bind(3, startedAt)
        updateRun.bind(4, requestVersion)
        updateRun.bind(5, forcesStepPlan)
        try updateRun.run()
    }

    func finishRun(
        _ key: RunKey, status: RunStatus, endedAt: Timestamp, output: StoredPayload
    ) throws(StoreError) {
        finishRun.bind(1, key.value)
        finishRun.bind(2, Int64(status.rawValue))
        finishRun.bind(3, endedAt)
        finishRun.bind(4, output)
        try finishRun.run()
    }

    func addToRunCount(function: FunctionKey, status: Int64, change: Int64) throws(StoreError) {
        addToRunCount.bind(1, function.value)
        addToRunCount.bind(2, status)
        addToRunCount.bind(3, change)
        try addToRunCount.run()
    }
}

/// Steps, attempts, jobs and waits.
extension WriteStatements {
    func insert(_ row: StepRow, memo: StoredPayload, options: StoredPayload) throws(StoreError) {
        insertStep.bind(1, row.runKey.value << Int64(StoreLimits.stepPositionBits) | Int64(row.position))
        insertStep.bind(2, row.id)
        insertStep.bind(3, row.name)
        insertStep.bind(4, Int64(row.kind.rawValue))
        insertStep.bind(5, row.startedAt)
        insertStep.bind(6, row.endedAt)
        insertStep.bind(7, row.attempts)
        insertStep.bind(8, row.isError)
        insertStep.bind(9, memo)
        insertStep.bind(10, options)
        try insertStep.run()
    }

    func insert(_ row: AttemptRow, error: StoredPayload) throws(StoreError) {
        insertAttempt.bind(1, row.key.value)
        insertAttempt.bind(2, row.runKey.value)
        insertAttempt.bind(3, row.stepID)
        insertAttempt.bind(4, row.stepName)
        insertAttempt.bind(5, row.attempt)
        insertAttempt.bind(6, row.startedAt)
        insertAttempt.bind(7, row.endedAt)
        insertAttempt.bind(8, row.retryAt)
        insertAttempt.bind(9, error)
        try insertAttempt.run()
    }

    func put(_ row: JobRow) throws(StoreError) {
        let core = row.core
        putJob.bind(1, core.key.value)
        putJob.bind(2, core.runKey.value)
        putJob.bind(3, core.functionKey.value)
        putJob.bind(4, Int64(core.kind.rawValue))
        putJob.bind(5, core.due)
        putJob.bind(6, core.isDueOnWallClock)
        putJob.bind(7, core.attempt)
        putJob.bind(8, core.group)
        putJob.bind(9, core.isRacing)
        putJob.bind(10, core.isAdmitted)
        putJob.bind(11, core.cause)
        putJob.bind(12, bits: core.limits.concurrency1)
        putJob.bind(13, bits: core.limits.concurrency2)
        putJob.bind(14, bits: core.limits.throttle)
        putJob.bind(15, bits: core.limits.run)
        putJob.bind(16, bits: core.limits.singleton)
        putJob.bind(17, Int64(core.limits.priority))
        putJob.bind(18, row.detail.createdAt)
        putJob.bind(19, row.detail.stepID)
        putJob.bind(20, row.detail.stepName)
        putJob.bind(21, row.detail.options)
        try putJob.run()
    }

    func deleteJob(_ key: JobKey) throws(StoreError) {
        deleteJob.bind(1, key.value)
        try deleteJob.run()
    }

    func deleteWait(_ key: JobKey) throws(StoreError) {
        deleteWait.bind(1, key.value)
        try deleteWait.run()
    }

    func insert(_ row: WaitRow) throws(StoreError) {
        insertWait.bind(1, row.jobKey.value)
        insertWait.bind(2, row.eventName)
        insertWait.bind(3, row.path.flatMap { TextList.json($0.map(Optional.some)) })
        if let digest = row.digest {
            insertWait.bind(4, bits: digest.high)
            insertWait.bind(5, bits: digest.low)
        } else {
            insertWait.bindNull(4)
            insertWait.bindNull(5)
        }
        insertWait.bind(6, row.residual)
        if let event = row.matchedEvent { insertWait.bind(7, event.value) } else { insertWait.bindNull(7) }
        insertWait.bind(8, row.afterEvent.value)
        insertWait.bind(9, row.looksBackTo)
        try insertWait.run()
    }

    func endLookBack(of job: JobKey) throws(StoreError) {
        endLookBack.bind(1, job.value)
        try endLookBack.run()
    }

    func insertDelivery(of event: EventKey, name: String) throws(StoreError) {
        insertDelivery.bind(1, event.value)
        insertDelivery.bind(2, name)
        try insertDelivery.run()
    }

    func deleteDelivery(of event: EventKey) throws(StoreError) {
        deleteDelivery.bind(1, event.value)
        try deleteDelivery.run()
    }

    func matchWait(of job: JobKey, with event: EventKey) throws(StoreError) {
        matchWait.bind(1, job.value)
        matchWait.bind(2, event.value)
        try matchWait.run()
    }
}
