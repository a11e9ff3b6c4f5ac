import StepwellModel

/// One change to a table. A batch's writes are carried out in order and never conflict: the engine has decided.
package enum Write: Sendable, Hashable {
    /// Inserts or replaces by key.
    case putApp(AppRow)
    /// Inserts or replaces by key.
    case putFunction(FunctionRow)
    case insertEvent(EventRow)
    case insertResend(ResendRow)
    case insertIdempotency(IdempotencyRow)
    case insertRun(RunRow)
    case insertRerun(RerunRow)
    /// The first answer to a run: its start, the pinned protocol version, and whether its steps are in parallel.
    case updateRun(RunKey, status: RunStatus, startedAt: Timestamp?, requestVersion: Int, forcesStepPlan: Bool)
    /// The event starts no run of a function.
    case insertDroppedStart(DroppedStartRow)
    /// Another event than before will start a run that is held back; the one before is dropped.
    case replaceRunEvent(RunKey, EventKey, limitKeys: LimitKeys, correlationID: String?)
    /// The keys of the run, and the hashes of its jobs.
    case replaceLimitKeys(RunKey, LimitKeys)
    case insertRunEvent(RunEventRow)
    case finishRun(RunKey, status: RunStatus, endedAt: Timestamp, output: RawJSON?)
    case insertStep(StepRow)
    case insertAttempt(AttemptRow)
    case insertDefer(DeferRow)
    /// The deferred function at this position is not to run.
    case abortDefer(RunKey, position: Int)
    case insertMetadata(MetadataRow)
    /// Inserts or replaces by key.
    case putJob(JobRow)
    /// Deletes the job, and its wait if it has one.
    case deleteJob(JobKey)
    case insertWait(WaitRow)
    /// The job goes on without its wait: another waits in its place.
    case deleteWait(JobKey)
    /// The wait has looked back, and found nothing.
    case endLookBack(JobKey)
    /// The event ended the job's wait: written with the event, so that the match survives until its result is recorded.
    case matchWait(JobKey, EventKey)
    /// An event is on its way to waits that are too many for this batch.
    case insertDelivery(EventKey, name: String)
    case deleteDelivery(EventKey)
    case insertHold(HoldRow)
    case updateHold(JobKey, HoldProgress)
    case deleteHold(JobKey)
    /// Inserts or replaces by function and key hash.
    case putThrottle(ThrottleRow)
    /// Inserts or replaces by function and key hash.
    case putRateLimit(RateLimitRow)
    case deleteRateLimit(functionKey: FunctionKey, keyHash: UInt64)
    /// Inserts or replaces by function and expression.
    case putCron(CronRow)
    case insertBulk(BulkRow)
    case updateBulk(ULID, state: BulkState, endedAt: Timestamp?, BulkProgress)
    /// A cancellation of the published API is shown to nobody any more.
    case withdrawBulk(ULID)
    case insertAudit(AuditRow)
    /// Inserts or replaces by function.
    case putFunctionState(FunctionStateRow)
    /// Inserts, or replaces the one that there is.
    case putKeyRenewal(KeyRenewalRow)
    case deleteKeyRenewal
}

/// Everything that is committed together.
package struct Batch: Sendable {
    package var partition: Int
    /// The epoch under which the partition was opened; a store refuses any other than its newest.
    package var epoch: Int64
    /// Grows by one a batch, without gaps.
    package var sequence: Int64
    /// Engine time at the batch's end; what is opened later starts no earlier.
    package var engineTime: Timestamp
    package var writes: [Write]
    /// From the next batch on the epoch is one higher: this one's generations are used up.
    package var raisesEpoch: Bool

    package init(
        partition: Int, epoch: Int64, sequence: Int64, engineTime: Timestamp, writes: [Write], raisesEpoch: Bool = false
    ) {
        self.partition = partition
        self.epoch = epoch
        self.sequence = sequence
        self.engineTime = engineTime
        self.writes = writes
        self.raisesEpoch = raisesEpoch
    }
}

/// The highest keys that a partition has ever used, from which its counters go on.
package struct KeyMarks: Sendable, Hashable {
    package var app: Int64
    package var function: Int64
    package var event: Int64
    package var run: Int64
    package var job: Int64
    package var attempt: Int64

    package static let none = KeyMarks(app: 0, function: 0, event: 0, run: 0, job: 0, attempt: 0)

    package init(app: Int64, function: Int64, event: Int64, run: Int64, job: Int64, attempt: Int64) {
        self.app = app
        self.function = function
        self.event = event
        self.run = run
        self.job = job
        self.attempt = attempt
    }
}
